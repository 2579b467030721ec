{{ config(meta={'dagster': {'ref': {'name': 'misdirected_payments'}}}) }}

-- What was paid for a validator's blocks of a day is own, the client's, or misdirected, to the base unit: a builder's own
-- fees apart, nothing is lost, and a payment that contains the fees counts them once.
with paid as (
    select
        chain_id,
        period_id,
        validator_key,
        component,
        sum(paid_wei) as paid_wei
    from {{ ref('int_ethereum__payments') }}
    where {{ tested_periods('period_id', 'misdirected_payments') }}
    group by chain_id, period_id, validator_key, component
    having bool_and(paid_wei is not null)
),

astray as (
    select
        chain_id,
        period_id,
        validator_key,
        component,
        sum(amount_native) as misdirected_native
    from {{ ref('misdirected_payments') }}
    where {{ tested_periods('period_id', 'misdirected_payments') }}
    group by chain_id, period_id, validator_key, component
),

stated as (
    select
        chain_id,
        period_id,
        validator_key,
        'FEES' as component,
        total_fees_native + client_fees_native as kept_native
    from {{ ref('validator_fees') }}
    where {{ tested_periods('period_id', 'misdirected_payments') }}
    union all
    select
        chain_id,
        period_id,
        validator_key,
        'MEV' as component,
        validator_mev_native + stakers_mev_native as kept_native
    from {{ ref('validator_mev') }}
    where {{ tested_periods('period_id', 'misdirected_payments') }}
)

select
    stated.chain_id,
    stated.period_id,
    stated.validator_key,
    stated.component,
    stated.kept_native,
    astray.misdirected_native,
    paid.paid_wei
from stated
inner join {{ ref('chains') }} as chains on stated.chain_id = chains.chain_id
inner join paid
    on
        stated.chain_id = paid.chain_id
        and stated.period_id = paid.period_id
        and stated.validator_key = paid.validator_key
        and stated.component = paid.component
left join astray
    on
        stated.chain_id = astray.chain_id
        and stated.period_id = astray.period_id
        and stated.validator_key = astray.validator_key
        and stated.component = astray.component
where
    stated.kept_native + coalesce(astray.misdirected_native, 0)
    <> {{ to_native('paid.paid_wei', 'chains.native_decimals') }}
