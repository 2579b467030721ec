{{ config(indexes=[{'columns': ['period_id']}]) }}

-- Every view of a validator that counts: its state at a day's first slot (0), and those of the running day (1).
with views as (
    select
        0 as view_order,
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
        is_slashed,
        status,
        balance_wei,
        effective_balance_wei
    from {{ ref('stg_beacon_node__day_validators') }}
    where {{ in_scope('period_id') }}
    union all
    select
        1 as view_order,
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
        is_slashed,
        status,
        balance_wei,
        effective_balance_wei
    from {{ ref('stg_beacon_node__validators') }}
    where {{ in_scope('period_id') }}
    union all
    select
        1 as view_order,
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
        is_slashed,
        status,
        balance_wei,
        effective_balance_wei
    from {{ ref('stg_beaconchain__validators') }}
    where {{ in_scope('period_id') }}
)

select
    views.payload_id,
    views.view_order,
    views.chain_id,
    views.period_id,
    views.provider,
    views.validator_key,
    views.validator_index,
    views.withdrawal_address,
    views.activation_epoch,
    views.exit_epoch,
    views.withdrawable_epoch,
    views.is_slashed,
    views.status,
    views.balance_wei,
    views.effective_balance_wei,
    sightings.last_seen_at
from views
inner join {{ ref('stg_ops__payload_sightings') }} as sightings on views.payload_id = sightings.payload_id
where {{ in_scope('sightings.period_id') }} and sightings.is_counting
