{{ config(
    meta={'compares_with_before': true},
    post_hook="{{ touch_neighbours('FINALITY', newly_final_periods()) }}",
) }}
-- depends_on: {{ ref('chains') }}

select
    infos.chain_id,
    infos.head_epoch as period_id,
    min(sightings.first_seen_at) as first_seen_at
from {{ ref('stg_solana_rpc__epoch_infos') }} as infos
inner join {{ ref('stg_ops__payload_sightings') }} as sightings on infos.payload_id = sightings.payload_id
where
    {{ in_scope('infos.period_id') }}
    and {{ in_scope('sightings.period_id') }}
group by infos.chain_id, infos.head_epoch
