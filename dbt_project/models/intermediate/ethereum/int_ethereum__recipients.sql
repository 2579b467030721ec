{{ config(indexes=[{'columns': ['period_id']}]) }}


-- Whose an address is on a validator and day: on one that the operator owns, its fee recipients and withdrawal address
-- are own; on a client's, those are the client's, and the operator's addresses are own.
with validator_addresses as (
    select
        days.chain_id,
        days.period_id,
        days.validator_key,
        days.owner,
        listed.address
    from {{ ref('int_ethereum__validator_days') }} as days
    inner join {{ ref('registered_addresses') }} as listed
        on days.chain_id = listed.chain_id and days.validator_key = listed.validator_key
    where {{ in_scope('days.period_id') }}
    union
    select
        chain_id,
        period_id,
        validator_key,
        owner,
        withdrawal_address as address
    from {{ ref('int_ethereum__validator_days') }}
    where {{ in_scope('period_id') }} and withdrawal_address is not null
),

operator_addresses as (
    select
        days.chain_id,
        days.period_id,
        days.validator_key,
        listed.address
    from {{ ref('int_ethereum__validator_days') }} as days
    inner join {{ ref('registered_addresses') }} as listed
        on days.chain_id = listed.chain_id and listed.address_kind = 'OPERATOR'
    where {{ in_scope('days.period_id') }} and days.owner = 'CLIENT'
),

recipients as (
    select
        chain_id,
        period_id,
        validator_key,
        address,
        case when owner = 'OPERATOR' then 'OWN' else 'CLIENT' end as recipient_kind
    from validator_addresses
    union all
    select
        chain_id,
        period_id,
        validator_key,
        address,
        'OWN' as recipient_kind
    from operator_addresses
)

-- An address in both lists is the operator's.
select
    chain_id,
    period_id,
    validator_key,
    address,
    max(recipient_kind) as recipient_kind
from recipients
group by chain_id, period_id, validator_key, address
