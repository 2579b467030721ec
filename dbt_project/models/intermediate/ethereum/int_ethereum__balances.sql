{{ config(
    meta={'compares_with_before': true},
    indexes=[{'columns': ['period_id']}],
    post_hook="{{ touch_neighbours('REWARDS', days_after_changed_ones()) }}",
) }}

select distinct on (balances.chain_id, balances.period_id, balances.provider, validators.validator_key, balances.slot)
    balances.chain_id,
    balances.period_id,
    balances.provider,
    validators.validator_key,
    balances.slot,
    balances.balance_wei
from {{ ref('stg_beacon_node__validator_balances') }} as balances
inner join {{ ref('stg_ops__payload_sightings') }} as sightings on balances.payload_id = sightings.payload_id
inner join {{ ref('int_ethereum__validators') }} as validators
    on balances.chain_id = validators.chain_id and balances.validator_index = validators.validator_index
where {{ in_scope('balances.period_id') }} and {{ in_scope('sightings.period_id') }} and sightings.is_counting
order by
    balances.chain_id,
    balances.period_id,
    balances.provider,
    validators.validator_key,
    balances.slot,
    sightings.last_seen_at desc,
    balances.payload_id collate "C"
