{{ config(materialized='table') }}

with seen_periods as (
    select
        chain_id,
        validator_key,
        min(period_id) as first_seen_period,
        coalesce(max(period_id) filter (where is_certain), max(period_id)) as last_seen_period
    from {{ ref('int_solana__validators_seen') }}
    group by chain_id, validator_key
    union all
    select
        chain_id,
        validator_key,
        first_seen_period,
        last_seen_period
    from {{ ref('int_ethereum__validators') }}
    where first_seen_period <= last_seen_period
),

first_fee_recipients as (
    select distinct on (chain_id, validator_key)
        chain_id,
        validator_key,
        address as fee_recipient
    from {{ ref('registered_addresses') }}
    where address_kind = 'FEE_RECIPIENT'
    order by chain_id, validator_key, address_number
),

known_validators as (
    select
        chain_id,
        validator_key
    from {{ ref('registered_validators') }}
    union
    select
        chain_id,
        validator_key
    from seen_periods
),

latest_identities as (
    select distinct on (chain_id, validator_key)
        chain_id,
        validator_key,
        identity as node_pubkey
    from {{ ref('int_solana__identities') }}
    order by chain_id, validator_key, period_id desc, identity collate "C"
)

select
    known_validators.chain_id::text as chain_id,
    known_validators.validator_key::text as validator_key,
    registered.label::text as label,
    (case when chains.period_type = 'EPOCH' then known_validators.validator_key end)::text as vote_pubkey,
    latest_identities.node_pubkey::text as node_pubkey,
    ethereum.validator_index::bigint as validator_index,
    coalesce(first_fee_recipients.fee_recipient, ethereum.withdrawal_address)::text as fee_recipient,
    ethereum.withdrawal_address::text as withdrawal_address,
    seen_periods.first_seen_period::bigint as first_seen_period,
    seen_periods.last_seen_period::bigint as last_seen_period
from known_validators
inner join {{ ref('chains') }} as chains on known_validators.chain_id = chains.chain_id
left join {{ ref('registered_validators') }} as registered
    on
        known_validators.chain_id = registered.chain_id
        and known_validators.validator_key = registered.validator_key
left join seen_periods
    on
        known_validators.chain_id = seen_periods.chain_id
        and known_validators.validator_key = seen_periods.validator_key
left join latest_identities
    on
        known_validators.chain_id = latest_identities.chain_id
        and known_validators.validator_key = latest_identities.validator_key
left join {{ ref('int_ethereum__validators') }} as ethereum
    on
        known_validators.chain_id = ethereum.chain_id
        and known_validators.validator_key = ethereum.validator_key
left join first_fee_recipients
    on
        known_validators.chain_id = first_fee_recipients.chain_id
        and known_validators.validator_key = first_fee_recipients.validator_key
