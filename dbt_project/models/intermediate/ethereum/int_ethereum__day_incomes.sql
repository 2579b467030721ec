{{ config(indexes=[{'columns': ['period_id']}]) }}


-- A validator's consensus income of a day as it is agreed, and what of it is the operator's.
with serving_providers as (
    select
        chain_id,
        provider,
        priority
    from {{ ref('chain_provider_mappings') }}
    where data_type = 'REWARDS' and role in ('primary', 'fallback')
),

agreed_incomes as (
    select distinct on (incomes.chain_id, incomes.period_id, incomes.validator_key)
        incomes.chain_id,
        incomes.period_id,
        incomes.validator_key,
        incomes.provider,
        incomes.method,
        incomes.income_wei
    from {{ ref('int_ethereum__incomes') }} as incomes
    inner join serving_providers
        on incomes.chain_id = serving_providers.chain_id and incomes.provider = serving_providers.provider
    where {{ in_scope('incomes.period_id') }}
    order by
        incomes.chain_id,
        incomes.period_id,
        incomes.validator_key,
        (incomes.income_wei is null),
        incomes.method desc,
        serving_providers.priority,
        incomes.provider collate "C"
)

select
    agreed_incomes.chain_id,
    agreed_incomes.period_id,
    agreed_incomes.validator_key,
    agreed_incomes.provider,
    agreed_incomes.method,
    agreed_incomes.income_wei,
    case
        when agreed_incomes.income_wei is null then null
        when days.owner = 'OPERATOR' then agreed_incomes.income_wei
        else 0
    end::numeric(38, 0) as vote_rewards_wei,
    -- What was not answered is unknown in every part, also where a part could only be zero.
    case
        when agreed_incomes.income_wei is null then null
        when days.owner = 'OPERATOR' then 0
        else
            {{ consensus_commission('agreed_incomes.income_wei', 'days.fee_bps') }}
            -- No share of payments needs no payments.
            + case when days.execution_fee_bps = 0 then 0 else fees.commission_wei + mev.commission_wei end
    end::numeric(38, 0) as commission_wei
from agreed_incomes
inner join {{ ref('int_ethereum__validator_days') }} as days
    on
        agreed_incomes.chain_id = days.chain_id
        and agreed_incomes.period_id = days.period_id
        and agreed_incomes.validator_key = days.validator_key
left join {{ ref('int_ethereum__fees') }} as fees
    on
        agreed_incomes.chain_id = fees.chain_id
        and agreed_incomes.period_id = fees.period_id
        and agreed_incomes.validator_key = fees.validator_key
        and {{ in_scope('fees.period_id') }}
left join {{ ref('int_ethereum__mev') }} as mev
    on
        agreed_incomes.chain_id = mev.chain_id
        and agreed_incomes.period_id = mev.period_id
        and agreed_incomes.validator_key = mev.validator_key
        and {{ in_scope('mev.period_id') }}
where {{ in_scope('days.period_id') }}
