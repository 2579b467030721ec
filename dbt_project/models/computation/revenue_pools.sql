{{ config(indexes=[{'columns': ['period_id']}], meta={'scoped_by': 'period'}) }}

-- Each component of a cell, what partners claim of it, and what is left to the house.
with components as (
    select
        revenue.chain_id,
        revenue.period_id,
        revenue.validator_key,
        component.revenue_component,
        component.component_native
    from {{ ref('validator_revenue') }} as revenue
    inner join lateral (
        values
        ('EXEC_FEES', revenue.exec_fees_native),
        ('MEV_TIPS', revenue.mev_tips_native),
        ('VOTE_REWARDS', revenue.vote_rewards_native),
        ('COMMISSION', revenue.commission_native)
    ) as component (revenue_component, component_native) on true
    where {{ in_scope('revenue.period_id') }}
),

claims as (
    select
        chain_id,
        period_id,
        validator_key,
        revenue_component,
        sum(final_amount_native) as claims_native
    from {{ ref('partner_commission_lines') }}
    where {{ in_scope('period_id') }}
    group by chain_id, period_id, validator_key, revenue_component
),

-- What the rules come to after caps, and before a floor's top-up and overrides, which are the operator's promise.
allocations as (
    select
        amounts.chain_id,
        amounts.period_id,
        amounts.validator_key,
        amounts.revenue_component,
        amounts.amount_numerator,
        amounts.amount_denominator,
        chains.native_decimals
    from {{ ref('commission_amounts') }} as amounts
    inner join {{ ref('commission_claims') }} as claimed
        on
            amounts.agreement_id = claimed.agreement_id
            and amounts.rule_key = claimed.rule_key
            and amounts.chain_id = claimed.chain_id
            and amounts.period_id = claimed.period_id
            and amounts.validator_key = claimed.validator_key
            and amounts.revenue_component = claimed.revenue_component
            and {{ in_scope('claimed.period_id') }}
    inner join {{ ref('chains') }} as chains on amounts.chain_id = chains.chain_id
    where
        {{ in_scope('amounts.period_id') }}
        and amounts.raw_base_units is not null
        and claimed.base_source = 'VALIDATOR_REVENUE'
),

allocation_denominators as (
    select
        chain_id,
        period_id,
        validator_key,
        revenue_component,
        ops.least_common_multiple(amount_denominator) as common_denominator
    from allocations
    group by chain_id, period_id, validator_key, revenue_component
),

allocated as (
    select
        allocations.chain_id,
        allocations.period_id,
        allocations.validator_key,
        allocations.revenue_component,
        max(denominators.common_denominator) as common_denominator,
        sum(
            allocations.amount_numerator * div(denominators.common_denominator, allocations.amount_denominator)
        ) as common_numerator
    from allocations
    inner join allocation_denominators as denominators
        on
            allocations.chain_id = denominators.chain_id
            and allocations.period_id = denominators.period_id
            and allocations.validator_key = denominators.validator_key
            and allocations.revenue_component = denominators.revenue_component
    group by allocations.chain_id, allocations.period_id, allocations.validator_key, allocations.revenue_component
)

select
    components.chain_id::text as chain_id,
    components.period_id::bigint as period_id,
    components.validator_key::text as validator_key,
    components.revenue_component::text as revenue_component,
    components.component_native::numeric(38, 18) as component_native,
    coalesce(claims.claims_native, 0)::numeric(38, 18) as claims_native,
    (components.component_native - coalesce(claims.claims_native, 0))::numeric(38, 18) as house_native,
    coalesce(
        components.component_native >= 0
        and allocated.common_numerator
        > {{ to_base_units('components.component_native', 'chains.native_decimals') }} * allocated.common_denominator,
        false
    )::boolean as is_over_allocated
from components
inner join {{ ref('chains') }} as chains on components.chain_id = chains.chain_id
left join claims
    on
        components.chain_id = claims.chain_id
        and components.period_id = claims.period_id
        and components.validator_key = claims.validator_key
        and components.revenue_component = claims.revenue_component
left join allocated
    on
        components.chain_id = allocated.chain_id
        and components.period_id = allocated.period_id
        and components.validator_key = allocated.validator_key
        and components.revenue_component = allocated.revenue_component
