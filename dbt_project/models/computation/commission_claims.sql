{{ config(
    indexes=[{'columns': ['period_id']}, {'columns': ['agreement_id', 'period_id']}],
    meta={'scoped_by': 'agreement'},
    post_hook=keep_statistics()
) }}

-- Which rule applies to which component of a cell, and the exact fraction of base units that it is applied to.
with terms as (
    select
        terms.*,
        versions.stacking,
        versions.allocation_mode,
        versions.basis,
        versions.net_costs
    from {{ ref('int_commissions__terms') }} as terms
    inner join {{ ref('stg_app__agreement_versions') }} as versions on terms.version_id = versions.version_id
    where
        {{ in_scope('terms.period_id') }}
        and {{ in_agreement_scope('terms.agreement_id', 'terms.period_id') }}
        and terms.status = 'ACTIVE'
),

rules as (
    select
        terms.*,
        rules.rule_number,
        coalesce(
            rules.rule_key,
            concat_ws(
                '/', terms.chain_id, coalesce(rules.validator_key, '*'), rules.revenue_component,
                rules.attribution_method
            )
        ) as rule_key,
        rules.rule_order,
        rules.chain_id as rule_chain_id,
        rules.validator_key as rule_validator_key,
        rules.revenue_component as rule_component,
        rules.attribution_method,
        rules.base_source,
        rules.commission_rate_bps,
        (
            terms.basis = 'NET'
            or rules.tier_mode is not null
            or rules.floor_amount_native is not null
            or rules.cap_amount_native is not null
        ) as is_rule_wide
    from terms
    inner join {{ ref('stg_app__agreement_rules') }} as rules
        on
            terms.version_id = rules.version_id
            and (rules.chain_id is null or terms.chain_id = rules.chain_id)
),

revenue as (
    select
        revenue.chain_id,
        revenue.period_id,
        revenue.validator_key,
        revenue.is_finalized,
        chains.period_type,
        chains.native_decimals,
        {{ to_base_units('revenue.exec_fees_native', 'chains.native_decimals') }} as exec_fees,
        {{ to_base_units('revenue.mev_tips_native', 'chains.native_decimals') }} as mev_tips,
        {{ to_base_units('revenue.vote_rewards_native', 'chains.native_decimals') }} as vote_rewards,
        {{ to_base_units('revenue.commission_native', 'chains.native_decimals') }} as commission,
        revenue.other_cost_native is null as has_unknown_cost
    from {{ ref('validator_revenue') }} as revenue
    inner join {{ ref('chains') }} as chains on revenue.chain_id = chains.chain_id
    where {{ in_scope('revenue.period_id') }}
),

cells as (
    select
        revenue.chain_id,
        revenue.period_id,
        revenue.validator_key,
        revenue.is_finalized,
        revenue.period_type,
        revenue.native_decimals,
        revenue.has_unknown_cost,
        component.revenue_component,
        component.base_units,
        greatest(component.base_units, 0) as positive_base_units,
        -- Null where any component is: then no cost can be spread.
        greatest(revenue.exec_fees, 0) + greatest(revenue.mev_tips, 0) + greatest(revenue.vote_rewards, 0)
        + greatest(revenue.commission, 0)
        + 0 * (revenue.exec_fees + revenue.mev_tips + revenue.vote_rewards + revenue.commission)
            as positive_total_base_units
    from revenue
    inner join lateral (
        values
        ('EXEC_FEES', revenue.exec_fees),
        ('MEV_TIPS', revenue.mev_tips),
        ('VOTE_REWARDS', revenue.vote_rewards),
        ('COMMISSION', revenue.commission)
    ) as component (revenue_component, base_units) on true
),

matches as (
    select
        rules.*,
        cells.validator_key,
        cells.revenue_component,
        cells.is_finalized,
        cells.period_type,
        cells.native_decimals,
        cells.has_unknown_cost,
        cells.base_units as component_base_units,
        cells.positive_base_units,
        cells.positive_total_base_units,
        row_number() over (
            partition by
                rules.agreement_id, rules.chain_id, rules.period_id, cells.validator_key, cells.revenue_component
            order by
                (rules.rule_validator_key is null), (rules.rule_chain_id is null), (rules.rule_component = 'ALL'),
                rules.rule_order, rules.rule_number
        ) as precedence
    from rules
    inner join cells
        on
            rules.chain_id = cells.chain_id
            and rules.period_id = cells.period_id
            and (rules.rule_validator_key is null or rules.rule_validator_key = cells.validator_key)
            and (rules.rule_component = 'ALL' or rules.rule_component = cells.revenue_component)
),

-- Costs of a cell by line type, whoever told them, positive.
costs as (
    select
        lines.chain_id,
        lines.period_id,
        lines.validator_key,
    {%- for line_type in cost_line_types() %}
        -sum({{ to_base_units('lines.amount_native', 'chains.native_decimals') }}) filter (
            where lines.line_type = '{{ line_type }}'
        ) as {{ line_type | lower }}{{ ',' if not loop.last }}
    {%- endfor %}
    from {{ ref('validator_other_lines') }} as lines
    inner join {{ ref('chains') }} as chains on lines.chain_id = chains.chain_id
    where {{ in_scope('lines.period_id') }}
    group by lines.chain_id, lines.period_id, lines.validator_key
),

partner_has_wallets as (
    select distinct
        terms.chain_id,
        terms.period_id,
        terms.partner_id
    from terms
    where
        exists (
            select 1
            from {{ ref('stg_app__partner_wallets') }} as wallets
            where
                wallets.partner_id = terms.partner_id
                and wallets.chain_id = terms.chain_id
                and wallets.valid_from <= terms.starts_at
                and (wallets.valid_until is null or terms.starts_at < wallets.valid_until)
        )
),

facts as (
    select
        matches.*,
        clients.client_count,
        coalesce(clients.active_stake_base_units, 0) as client_stake,
        case when clients.partner_id is null then 0 else clients.reward_base_units end as client_rewards,
        case when clients.partner_id is null then 0 else clients.commission_base_units end as client_commission,
        coalesce(stakes.has_stakers, false) as has_stakers,
        stakes.reward_base_units as staker_rewards,
        stakes.commission_base_units as staker_commission,
        stakes.active_stake_base_units as validator_stake,
        stakes.listed_stake_base_units as listed_stake,
        coalesce(stakes.is_staker_set_complete, false) as is_staker_set_complete,
        coalesce(stakes.is_stake_observed, false) as is_stake_observed,
        partner_has_wallets.partner_id is not null as has_wallets,
        case
            when matches.basis <> 'NET' then 0
            when matches.has_unknown_cost and 'PRIORITY_FEES_SHARED' = any(matches.net_costs) then null
            else
                0
                {%- for line_type in cost_line_types() %}
                    + case
                        when
                            '{{ line_type }}' = any(matches.net_costs)
                            then coalesce(costs.{{ line_type | lower }}, 0)
                        else
                            0
                    end
                {%- endfor %}
        end as cost_base_units
    from matches
    left join {{ ref('int_commissions__clients') }} as clients
        on
            matches.partner_id = clients.partner_id
            and matches.chain_id = clients.chain_id
            and matches.period_id = clients.period_id
            and matches.validator_key = clients.validator_key
            and {{ in_scope('clients.period_id') }}
    left join {{ ref('int_commissions__stakes') }} as stakes
        on
            matches.chain_id = stakes.chain_id
            and matches.period_id = stakes.period_id
            and matches.validator_key = stakes.validator_key
            and {{ in_scope('stakes.period_id') }}
    left join costs
        on
            matches.chain_id = costs.chain_id
            and matches.period_id = costs.period_id
            and matches.validator_key = costs.validator_key
    left join partner_has_wallets
        on
            matches.chain_id = partner_has_wallets.chain_id
            and matches.period_id = partner_has_wallets.period_id
            and matches.partner_id = partner_has_wallets.partner_id
    where matches.stacking = 'ADDITIVE' or matches.precedence = 1
),

-- How a base comes about: all of it, what the clients earned, or a part by weight.
ways as (
    select
        facts.*,
        case
            when facts.attribution_method = 'FIXED_SHARE' then 'WHOLE'
            when facts.base_source = 'CLIENT_REWARDS' then 'CLIENT_REWARDS'
            when facts.attribution_method = 'CLIENT_REVENUE' and facts.period_type = 'DAY' then 'CLIENT_VALIDATOR'
            when facts.attribution_method = 'CLIENT_REVENUE' and facts.revenue_component = 'COMMISSION'
                then 'CLIENT_COMMISSION'
            when facts.is_stake_observed then 'STAKE_OBSERVED'
            else 'REWARD_APPORTIONED'
        end as way
    from facts
),

weights as (
    select
        ways.*,
        case ways.way
            when 'WHOLE' then 1
            when 'CLIENT_REWARDS' then 1
            when 'CLIENT_VALIDATOR' then case when ways.client_count > 0 then 1 else 0 end
            when 'CLIENT_COMMISSION' then ways.client_commission
            when 'STAKE_OBSERVED' then ways.client_stake
            -- Rewards of a day can be negative; their ratio is not.
            when 'REWARD_APPORTIONED' then case when ways.has_wallets then abs(ways.client_rewards) else 0 end
        end::numeric as weight_numerator,
        case
            when ways.way in ('WHOLE', 'CLIENT_REWARDS', 'CLIENT_VALIDATOR') then 1
            when ways.way = 'CLIENT_COMMISSION'
                then case when ways.client_count is null then 1 else nullif(ways.staker_commission, 0) end
            when ways.way = 'STAKE_OBSERVED' then nullif(ways.validator_stake, 0)
            when not ways.has_wallets then 1
            when ways.client_count is null and ways.staker_rewards = 0 then 1
            else nullif(abs(ways.staker_rewards), 0)
        end::numeric as weight_denominator
    from ways
),

bases as (
    select
        weights.*,
        -- The component, net of the costs' part of it, as a fraction.
        case
            when weights.way = 'CLIENT_REWARDS' then weights.client_rewards
            when weights.basis <> 'NET' then weights.component_base_units
            when weights.positive_total_base_units > 0
                then
                    weights.component_base_units * weights.positive_total_base_units
                    - weights.cost_base_units * weights.positive_base_units
            when weights.positive_total_base_units is null then null
            when weights.revenue_component = 'EXEC_FEES'
                then weights.component_base_units - weights.cost_base_units
            else weights.component_base_units + 0 * weights.cost_base_units
        end::numeric as base_numerator,
        case
            when weights.basis = 'NET' and weights.positive_total_base_units > 0
                then weights.positive_total_base_units
            else 1
        end::numeric as base_denominator
    from weights
),

verdicts as (
    select
        bases.*,
        case
            when bases.base_numerator is null then 'MISSING_DATA'
            when bases.way = 'CLIENT_VALIDATOR' and not bases.has_stakers and bases.has_wallets then 'MISSING_DATA'
            when bases.way = 'STAKE_OBSERVED' and bases.weight_denominator is null then 'NO_ACTIVE_STAKE'
            when bases.way = 'REWARD_APPORTIONED' and bases.weight_denominator is null then 'MISSING_DATA'
            when bases.weight_numerator is null then 'MISSING_DATA'
            when bases.way = 'CLIENT_COMMISSION' and bases.client_count > 0 and bases.staker_commission is null
                then 'MISSING_DATA'
            when bases.weight_numerator > bases.weight_denominator and bases.way <> 'CLIENT_COMMISSION'
                then 'WEIGHT_GT_ONE'
        end as withheld_code
    from bases
)

select
    agreement_id::text as agreement_id,
    rule_key::text as rule_key,
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    revenue_component::text as revenue_component,
    partner_id::text as partner_id,
    version_id::text as version_id,
    agreement_version::integer as agreement_version,
    rule_number::integer as rule_number,
    statement_month::date as statement_month,
    attribution_method::text as attribution_method,
    base_source::text as base_source,
    commission_rate_bps::integer as commission_rate_bps,
    is_rule_wide::boolean as is_rule_wide,
    (case
        when way in ('CLIENT_COMMISSION', 'CLIENT_VALIDATOR', 'CLIENT_REWARDS') then 'OBSERVED'
        when attribution_method = 'CLIENT_REVENUE' then 'STAKE_APPORTIONED'
    end)::text as attribution_basis,
    (case when way in ('STAKE_OBSERVED', 'REWARD_APPORTIONED') then way end)::text as weight_basis,
    component_base_units::numeric(38, 0) as component_base_units,
    div(base_numerator, base_denominator)::numeric(38, 0) as base_base_units,
    base_numerator::numeric as base_numerator,
    base_denominator::numeric as base_denominator,
    cost_base_units::numeric(38, 0) as cost_base_units,
    weight_numerator::numeric as weight_numerator,
    -- Nothing observed of the clients is a share of nothing.
    coalesce(weight_denominator, case when way = 'CLIENT_COMMISSION' then 1 end)::numeric as weight_denominator,
    (case
        when withheld_code is null then base_numerator * case
            when way = 'CLIENT_COMMISSION' and weight_denominator is null then 0
            else weight_numerator
        end
    end)::numeric as exact_numerator,
    (case when withheld_code is null then base_denominator * coalesce(weight_denominator, 1) end)::numeric
        as exact_denominator,
    withheld_code::text as withheld_code,
    client_commission::numeric(38, 0) as client_commission_base_units,
    (
        has_wallets
        and not is_staker_set_complete
        and way in ('CLIENT_COMMISSION', 'REWARD_APPORTIONED', 'CLIENT_REWARDS')
    )::boolean as is_staker_set_incomplete,
    coalesce(way = 'STAKE_OBSERVED' and period_type = 'EPOCH' and listed_stake <> validator_stake, false)::boolean
        as is_stake_mismatch,
    is_finalized::boolean as is_finalized
from verdicts
