{{ config(
    meta={'compares_with_before': true},
    indexes=[{'columns': ['period_id']}, {'columns': ['validator_key', 'period_id']}],
    post_hook="{{ touch_neighbours('VALIDATORS', days_of_changed_lives()) }}",
) }}

-- Who a validator is and how far in its life, as the views of a day show it: of the provider first in priority, the
-- view last seen.
with priorities as (
    select
        chain_id,
        provider,
        min(priority) as priority
    from {{ ref('chain_provider_mappings') }}
    group by chain_id, provider
),

views as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        validator_key,
        validator_index,
        withdrawal_address,
        activation_epoch,
        exit_epoch,
        withdrawable_epoch,
        is_slashed
    from {{ ref('stg_beacon_node__validators') }}
    where {{ in_scope('period_id') }}
    union all
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        validator_key,
        validator_index,
        withdrawal_address,
        activation_epoch,
        exit_epoch,
        withdrawable_epoch,
        is_slashed
    from {{ ref('stg_beaconchain__validators') }}
    where {{ in_scope('period_id') }}
)

select distinct on (views.chain_id, views.period_id, views.validator_key)
    views.chain_id,
    views.period_id,
    views.validator_key,
    views.validator_index,
    views.withdrawal_address,
    views.activation_epoch,
    views.exit_epoch,
    views.withdrawable_epoch,
    views.is_slashed
from views
inner join {{ ref('stg_ops__payload_sightings') }} as sightings on views.payload_id = sightings.payload_id
left join priorities on views.chain_id = priorities.chain_id and views.provider = priorities.provider
where {{ in_scope('sightings.period_id') }} and sightings.is_counting
order by
    views.chain_id,
    views.period_id,
    views.validator_key,
    priorities.priority nulls last,
    sightings.last_seen_at desc,
    views.payload_id collate "C"
