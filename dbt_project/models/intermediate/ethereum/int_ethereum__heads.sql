{{ config(
    meta={'compares_with_before': true},
    indexes=[{'columns': ['period_id']}],
    post_hook="{{ touch_neighbours('FINALITY', newly_final_days()) }}",
) }}

-- How far the chain was when it was asked: a beacon node says what is finalized; beaconcha.in's views speak of the
-- running epoch, two behind which a healthy chain is final.
with finalized_epochs as (
    select
        payload_id,
        chain_id,
        period_id,
        finalized_epoch
    from {{ ref('stg_beacon_node__finality_checkpoints') }}
    where {{ in_scope('period_id') }}
    union
    select
        payload_id,
        chain_id,
        period_id,
        range_last_epoch - 2 as finalized_epoch
    from {{ ref('stg_beaconchain__validators') }}
    where {{ in_scope('period_id') }} and range_last_epoch is not null
    union
    select
        blocks.payload_id,
        blocks.chain_id,
        blocks.period_id,
        {{ epoch_at('blocks.block_time', 'chains') }} as finalized_epoch
    from {{ ref('stg_eth_rpc__blocks') }} as blocks
    inner join {{ ref('chains') }} as chains on blocks.chain_id = chains.chain_id
    where {{ in_scope('blocks.period_id') }} and blocks.block_tag = 'finalized'
)

select
    heads.chain_id,
    heads.period_id,
    heads.finalized_epoch,
    min(sightings.first_seen_at) as first_seen_at
from finalized_epochs as heads
inner join {{ ref('stg_ops__payload_sightings') }} as sightings on heads.payload_id = sightings.payload_id
where {{ in_scope('sightings.period_id') }}
group by heads.chain_id, heads.period_id, heads.finalized_epoch
