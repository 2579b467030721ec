{{ config(
    indexes=[{'columns': ['period_id']}, {'columns': ['agreement_id', 'period_id']}],
    meta={'scoped_by': 'agreement'},
    post_hook=keep_statistics()
) }}

-- What a rule comes to for each of its lines, before the negative policy and overrides: truncated once.
with claims as (
    select
        claims.*,
        chains.native_decimals,
        versions.allocation_mode,
        versions.pool,
        versions.basis,
        rules.tier_mode,
        rules.tier_basis,
        {{ to_base_units('rules.floor_amount_native', 'chains.native_decimals') }} as floor_base_units,
        {{ to_base_units('rules.cap_amount_native', 'chains.native_decimals') }} as cap_base_units,
        rules.tier_mode is not null
        or rules.floor_amount_native is not null
        or rules.cap_amount_native is not null as works_on_whole_bases
    from {{ ref('commission_claims') }} as claims
    inner join {{ ref('stg_app__agreement_versions') }} as versions on claims.version_id = versions.version_id
    inner join {{ ref('stg_app__agreement_rules') }} as rules
        on claims.version_id = rules.version_id and claims.rule_number = rules.rule_number
    inner join {{ ref('chains') }} as chains on claims.chain_id = chains.chain_id
    where {{ in_scope('claims.period_id') }}
),

own_claims as (
    select *
    from claims
    where {{ in_agreement_scope('agreement_id', 'period_id') }}
),

-- Lines that stand for themselves: one truncation of the exact fraction.
plain_amounts as (
    select
        agreement_id,
        rule_key,
        chain_id,
        period_id,
        validator_key,
        revenue_component,
        exact_numerator * commission_rate_bps as amount_numerator,
        exact_denominator * 10000 as amount_denominator,
        {{ truncated('exact_numerator * commission_rate_bps', 'exact_denominator * 10000') }} as raw_base_units,
        false as is_floor_binding,
        false as is_cap_binding,
        null::text as withheld_code,
        exact_numerator * commission_rate_bps as exact_numerator,
        exact_denominator * 10000 as exact_denominator,
        null::numeric as rule_base_units,
        null::numeric as before_base_units,
        null::numeric as rule_numerator,
        null::numeric as rule_denominator,
        null::numeric as whole_base_units
    from own_claims
    where not is_rule_wide and allocation_mode = 'INDEPENDENT' and withheld_code is null
),

-- A pool's versions, of whatever partners, share the whole component; their rates must exhaust it.
pool_claims as (
    select
        claims.*,
        sum(claims.commission_rate_bps) over pool_cell as pool_rate_bps,
        concat(partners.partner_name, E'\x01', agreements.agreement_name, E'\x01', claims.rule_key) as share_key
    from claims
    inner join {{ ref('stg_app__agreements') }} as agreements on claims.agreement_id = agreements.agreement_id
    inner join {{ ref('stg_app__partners') }} as partners on agreements.partner_id = partners.partner_id
    where claims.allocation_mode = 'POOL_SPLIT' and claims.withheld_code is null
    window pool_cell as (
        partition by claims.pool, claims.chain_id, claims.period_id, claims.validator_key, claims.revenue_component
    )
),

pool_amounts as (
    select
        shared.agreement_id,
        shared.rule_key,
        shared.chain_id,
        shared.period_id,
        shared.validator_key,
        shared.revenue_component,
        shared.component_base_units * shared.commission_rate_bps as amount_numerator,
        10000::numeric as amount_denominator,
        case
            when shared.pool_rate_bps = 10000 then shared.share
            else {{ truncated('shared.component_base_units * shared.commission_rate_bps', '10000') }}
        end as raw_base_units,
        false as is_floor_binding,
        false as is_cap_binding,
        case when shared.pool_rate_bps <> 10000 then 'POOL_SPLIT_NOT_WHOLE' end as withheld_code,
        shared.component_base_units * shared.commission_rate_bps as exact_numerator,
        10000::numeric as exact_denominator,
        null::numeric as rule_base_units,
        null::numeric as before_base_units,
        null::numeric as rule_numerator,
        null::numeric as rule_denominator,
        case when shared.pool_rate_bps = 10000 then shared.component_base_units end as whole_base_units
    from {{ largest_remainder(
        'pool_claims', 'component_base_units', 'commission_rate_bps', 'share_key',
        'pool, chain_id, period_id, validator_key, revenue_component'
    ) }} as shared
    where {{ in_agreement_scope('shared.agreement_id', 'shared.period_id') }}
),

-- From here on rules with tiers, a floor, a cap or costs taken off: they are one sum over all their lines of a period.
wide_claims as (
    select
        own_claims.*,
        case
            when own_claims.works_on_whole_bases then {{ truncated('exact_numerator', 'exact_denominator') }}
            else own_claims.exact_numerator
        end as line_base_numerator,
        case when own_claims.works_on_whole_bases then 1 else own_claims.exact_denominator end as line_base_denominator
    from own_claims
    where own_claims.is_rule_wide
),

-- What came before in the month, also under earlier versions of the rule.
earlier_bases as (
    select
        rule.agreement_id,
        rule.rule_key,
        rule.chain_id,
        rule.period_id,
        sum({{ truncated('earlier.exact_numerator', 'earlier.exact_denominator') }}) as before_base_units,
        bool_or(earlier.withheld_code in ('MISSING_DATA', 'WEIGHT_GT_ONE')) as has_unknown_before
    from (
        select distinct
            agreement_id,
            rule_key,
            chain_id,
            period_id,
            statement_month
        from wide_claims
        where tier_basis = 'CUMULATIVE_MONTH'
    ) as rule
    inner join {{ ref('commission_claims') }} as earlier
        on
            rule.agreement_id = earlier.agreement_id
            and rule.rule_key = earlier.rule_key
            and rule.chain_id = earlier.chain_id
            and rule.statement_month = earlier.statement_month
            and rule.period_id > earlier.period_id
    group by rule.agreement_id, rule.rule_key, rule.chain_id, rule.period_id
),

rule_bases as (
    select
        wide_claims.*,
        sum(wide_claims.line_base_numerator) over rule_period as rule_base_units,
        coalesce(earlier_bases.before_base_units, 0) as before_base_units,
        bool_or(coalesce(wide_claims.withheld_code, '') in ('MISSING_DATA', 'WEIGHT_GT_ONE')) over rule_period
        or coalesce(earlier_bases.has_unknown_before, false) as has_unknown_cell
    from wide_claims
    left join earlier_bases
        on
            wide_claims.agreement_id = earlier_bases.agreement_id
            and wide_claims.rule_key = earlier_bases.rule_key
            and wide_claims.chain_id = earlier_bases.chain_id
            and wide_claims.period_id = earlier_bases.period_id
    window rule_period as (
        partition by wide_claims.agreement_id, wide_claims.rule_key, wide_claims.chain_id, wide_claims.period_id
    )
),

-- What the tiers make of the rule's base, once a rule and period: ten thousand times the amount.
tier_totals as (
    select
        rule.agreement_id,
        rule.rule_key,
        rule.chain_id,
        rule.period_id,
        {{ tiered(
            '(rule.before_base_units + rule.rule_base_units)', 'rule.tier_mode', 'rule.version_id', 'rule.rule_number',
            'rule.native_decimals'
        ) }}
        - {{ tiered(
            'rule.before_base_units', 'rule.tier_mode', 'rule.version_id', 'rule.rule_number', 'rule.native_decimals'
        ) }} as tiered_total,
        {{ tier_rate('rule.before_base_units', 'rule.version_id', 'rule.rule_number', 'rule.native_decimals') }}
            as marginal_rate_bps
    from (
        select distinct
            agreement_id,
            rule_key,
            chain_id,
            period_id,
            version_id,
            rule_number,
            native_decimals,
            tier_mode,
            case when tier_basis = 'PERIOD' then 0 else before_base_units end as before_base_units,
            rule_base_units
        from rule_bases
        where tier_mode is not null and not has_unknown_cell
    ) as rule
),

line_fractions as (
    select
        rule_bases.*,
        case
            when rule_bases.tier_mode is null
                then rule_bases.line_base_numerator * rule_bases.commission_rate_bps
            when rule_bases.rule_base_units = 0
                then rule_bases.line_base_numerator * tier_totals.marginal_rate_bps
            else
                tier_totals.tiered_total * rule_bases.line_base_numerator * sign(rule_bases.rule_base_units)
        end as line_numerator,
        case
            when rule_bases.tier_mode is null then rule_bases.line_base_denominator * 10000
            when rule_bases.rule_base_units = 0 then 10000
            else abs(rule_bases.rule_base_units) * 10000
        end as line_denominator
    from rule_bases
    left join tier_totals
        on
            rule_bases.agreement_id = tier_totals.agreement_id
            and rule_bases.rule_key = tier_totals.rule_key
            and rule_bases.chain_id = tier_totals.chain_id
            and rule_bases.period_id = tier_totals.period_id
    where not rule_bases.has_unknown_cell and rule_bases.withheld_code is null
),

-- All lines of a rule and period over one denominator.
rule_denominators as (
    select
        agreement_id,
        rule_key,
        chain_id,
        period_id,
        ops.least_common_multiple(line_denominator) as common_denominator
    from line_fractions
    group by agreement_id, rule_key, chain_id, period_id
),

common_fractions as (
    select
        line_fractions.*,
        rule_denominators.common_denominator,
        line_fractions.line_numerator
        * div(rule_denominators.common_denominator, line_fractions.line_denominator) as common_numerator
    from line_fractions
    inner join rule_denominators
        on
            line_fractions.agreement_id = rule_denominators.agreement_id
            and line_fractions.rule_key = rule_denominators.rule_key
            and line_fractions.chain_id = rule_denominators.chain_id
            and line_fractions.period_id = rule_denominators.period_id
),

rule_totals as (
    select
        common_fractions.*,
        sum(common_fractions.common_numerator) over rule_period as total_numerator,
        sum(greatest(common_fractions.common_numerator, 0)) over rule_period as positive_numerator,
        coalesce(
            sum(common_fractions.common_numerator) over rule_period
            < common_fractions.floor_base_units * common_fractions.common_denominator,
            false
        )
            as is_floor_binding,
        coalesce(
            sum(common_fractions.common_numerator) over rule_period
            > common_fractions.cap_base_units * common_fractions.common_denominator,
            false
        )
            as is_cap_binding
    from common_fractions
    window rule_period as (partition by agreement_id, rule_key, chain_id, period_id)
),

rule_wholes as (
    select
        rule_totals.*,
        case
            when rule_totals.is_floor_binding then rule_totals.floor_base_units
            when rule_totals.is_cap_binding then rule_totals.cap_base_units
            else {{ truncated('total_numerator', 'common_denominator') }}
        end as whole_base_units,
        sign(case
            when rule_totals.is_floor_binding then rule_totals.floor_base_units
            when rule_totals.is_cap_binding then rule_totals.cap_base_units
            else rule_totals.total_numerator
        end) as whole_sign,
        concat(rule_totals.validator_key, E'\x01', rule_totals.revenue_component) as share_key
    from rule_totals
),

-- Weighted by the exact amounts that have the total's sign; where none has, equally.
rule_weights as (
    select
        rule_wholes.*,
        case
            when
                sum(
                    case
                        when
                            sign(rule_wholes.common_numerator) = rule_wholes.whole_sign
                            then abs(rule_wholes.common_numerator)
                        else 0
                    end
                )
                    over rule_period
                = 0 then 1
            when sign(rule_wholes.common_numerator) = rule_wholes.whole_sign then abs(rule_wholes.common_numerator)
            else 0
        end as share_weight
    from rule_wholes
    window rule_period as (partition by agreement_id, rule_key, chain_id, period_id)
),

wide_amounts as (
    select
        shared.agreement_id,
        shared.rule_key,
        shared.chain_id,
        shared.period_id,
        shared.validator_key,
        shared.revenue_component,
        -- The exact amount after a cap and before a floor's top-up: what a component is charged with.
        case
            when shared.is_cap_binding
                then greatest(shared.common_numerator, 0) * shared.cap_base_units
            else shared.common_numerator
        end as amount_numerator,
        case
            when shared.is_cap_binding then shared.positive_numerator
            else shared.common_denominator
        end as amount_denominator,
        case
            when shared.is_floor_binding or shared.is_cap_binding or shared.basis = 'NET' then shared.share
            else {{ truncated('shared.common_numerator', 'shared.common_denominator') }}
        end as raw_base_units,
        shared.is_floor_binding,
        shared.is_cap_binding,
        null::text as withheld_code,
        shared.common_numerator as exact_numerator,
        shared.common_denominator as exact_denominator,
        case when shared.works_on_whole_bases then shared.rule_base_units end as rule_base_units,
        case when shared.tier_basis = 'CUMULATIVE_MONTH' then shared.before_base_units else 0 end as before_base_units,
        shared.total_numerator as rule_numerator,
        shared.common_denominator as rule_denominator,
        case
            when shared.is_floor_binding or shared.is_cap_binding or shared.basis = 'NET' then shared.whole_base_units
        end as whole_base_units
    from {{ largest_remainder(
        'rule_weights', 'whole_base_units', 'share_weight', 'share_key', 'agreement_id, rule_key, chain_id, period_id'
    ) }} as shared
),

-- Known cells of a rule that has an unknown one: no lines, since a floor is owed on a real zero, never on missing data.
withheld_amounts as (
    select
        agreement_id,
        rule_key,
        chain_id,
        period_id,
        validator_key,
        revenue_component,
        null::numeric as amount_numerator,
        null::numeric as amount_denominator,
        null::numeric as raw_base_units,
        false as is_floor_binding,
        false as is_cap_binding,
        'MISSING_DATA' as withheld_code,
        null::numeric as exact_numerator,
        null::numeric as exact_denominator,
        null::numeric as rule_base_units,
        null::numeric as before_base_units,
        null::numeric as rule_numerator,
        null::numeric as rule_denominator,
        null::numeric as whole_base_units
    from rule_bases
    where has_unknown_cell and withheld_code is null
),

amounts as (
    select * from plain_amounts
    union all
    select * from pool_amounts
    union all
    select * from wide_amounts
    union all
    select * from withheld_amounts
)

select
    agreement_id::text as agreement_id,
    rule_key::text as rule_key,
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    revenue_component::text as revenue_component,
    amount_numerator::numeric as amount_numerator,
    amount_denominator::numeric as amount_denominator,
    raw_base_units::numeric(38, 0) as raw_base_units,
    is_floor_binding::boolean as is_floor_binding,
    is_cap_binding::boolean as is_cap_binding,
    withheld_code::text as withheld_code,
    exact_numerator::numeric as exact_numerator,
    exact_denominator::numeric as exact_denominator,
    rule_base_units::numeric(38, 0) as rule_base_units,
    before_base_units::numeric(38, 0) as before_base_units,
    rule_numerator::numeric as rule_numerator,
    rule_denominator::numeric as rule_denominator,
    whole_base_units::numeric(38, 0) as whole_base_units
from amounts
