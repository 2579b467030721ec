{{ config(materialized='table') }}

-- The tracked validators as they were last seen. A validator that no view has shown yet is there with what the
-- registry says. The days of a life end 512 epochs after its exit: so long can a sync committee seat run on.
with latest_identities as (
    select distinct on (chain_id, validator_key)
        chain_id,
        validator_key,
        validator_index,
        withdrawal_address,
        activation_epoch,
        exit_epoch,
        withdrawable_epoch,
        is_slashed
    from {{ ref('int_ethereum__identities') }}
    order by chain_id, validator_key, period_id desc
),

running_days as (
    select
        chain_id,
        max(period_id) as head_period
    from {{ ref('int_ethereum__heads') }}
    group by chain_id
),

withdrawal_addresses as (
    select
        chain_id,
        validator_key,
        min(address) as withdrawal_address
    from {{ ref('registered_addresses') }}
    where address_kind = 'WITHDRAWAL'
    group by chain_id, validator_key
)

select
    registered.chain_id,
    registered.validator_key,
    coalesce(identities.validator_index, registered.validator_index) as validator_index,
    coalesce(identities.withdrawal_address, listed.withdrawal_address) as withdrawal_address,
    identities.activation_epoch,
    identities.exit_epoch,
    identities.withdrawable_epoch,
    coalesce(identities.is_slashed, false) as is_slashed,
    case
        when identities.validator_key is null then {{ day_at_epoch('0', 'chains') }}
        when identities.activation_epoch is not null then {{ day_at_epoch('identities.activation_epoch', 'chains') }}
    end as first_seen_period,
    case
        when identities.validator_key is null then running_days.head_period
        when identities.activation_epoch is not null
            then
                least(
                    running_days.head_period,
                    coalesce({{ day_at_epoch('identities.exit_epoch + 512', 'chains') }}, running_days.head_period)
                )
    end as last_seen_period
from {{ ref('registered_validators') }} as registered
inner join {{ ref('chains') }} as chains on registered.chain_id = chains.chain_id and chains.period_type = 'DAY'
left join latest_identities as identities
    on registered.chain_id = identities.chain_id and registered.validator_key = identities.validator_key
left join withdrawal_addresses as listed
    on registered.chain_id = listed.chain_id and registered.validator_key = listed.validator_key
left join running_days on registered.chain_id = running_days.chain_id
