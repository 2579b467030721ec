{{ config(materialized='view') }}

-- What an auditor needs to compute a line again by hand: every number on the way from the component to what is owed.
with lines as (
    select
        lines.*,
        chains.native_unit,
        chains.base_unit,
        chains.native_decimals,
        {{ to_base_units('lines.pre_override_amount_native', 'chains.native_decimals') }} as computed_base_units
    from {{ ref('partner_commission_lines') }} as lines
    inner join {{ ref('chains') }} as chains on lines.chain_id = chains.chain_id
),

facts as (
    select
        lines.*,
        claims.version_id,
        versions.effective_from,
        versions.effective_until,
        versions.stacking,
        versions.allocation_mode,
        versions.pool,
        versions.basis,
        versions.net_costs,
        versions.negative_policy,
        claims.rule_number,
        rules.rule_order,
        rules.chain_id as rule_chain_id,
        rules.validator_key as rule_validator_key,
        rules.revenue_component as rule_component,
        claims.base_source,
        rules.tier_mode,
        rules.tier_basis,
        rules.floor_amount_native,
        rules.cap_amount_native,
        rules.tier_mode is not null
        or rules.floor_amount_native is not null
        or rules.cap_amount_native is not null as works_on_whole_bases,
        claims.component_base_units,
        claims.cost_base_units,
        claims.base_numerator,
        claims.base_denominator,
        claims.exact_numerator as attributed_numerator,
        claims.exact_denominator as attributed_denominator,
        {{ truncated('claims.exact_numerator', 'claims.exact_denominator') }} as whole_base,
        amounts.exact_numerator,
        amounts.exact_denominator,
        amounts.rule_base_units,
        amounts.before_base_units,
        amounts.rule_numerator,
        amounts.rule_denominator,
        amounts.whole_base_units,
        amounts.raw_base_units,
        amounts.is_floor_binding,
        amounts.is_cap_binding,
        amounts.withheld_code,
        carries.carried_in_base_units,
        carries.carried_out_base_units,
        overrides.reason as override_reason,
        overrides.recorded_by as override_recorded_by
    from lines
    left join {{ ref('commission_claims') }} as claims
        on
            lines.agreement_id = claims.agreement_id
            and lines.rule_key = claims.rule_key
            and lines.chain_id = claims.chain_id
            and lines.period_id = claims.period_id
            and lines.validator_key = claims.validator_key
            and lines.revenue_component = claims.revenue_component
            -- An override alone makes a line whose claim, if there is one, comes to nothing.
            and lines.pre_override_amount_native is not null
    left join {{ ref('commission_amounts') }} as amounts
        on
            claims.agreement_id = amounts.agreement_id
            and claims.rule_key = amounts.rule_key
            and claims.chain_id = amounts.chain_id
            and claims.period_id = amounts.period_id
            and claims.validator_key = amounts.validator_key
            and claims.revenue_component = amounts.revenue_component
    left join {{ ref('commission_carries') }} as carries
        on
            claims.agreement_id = carries.agreement_id
            and claims.rule_key = carries.rule_key
            and claims.chain_id = carries.chain_id
            and claims.period_id = carries.period_id
            and claims.validator_key = carries.validator_key
            and claims.revenue_component = carries.revenue_component
    left join {{ ref('stg_app__agreement_versions') }} as versions on claims.version_id = versions.version_id
    left join {{ ref('stg_app__agreement_rules') }} as rules
        on claims.version_id = rules.version_id and claims.rule_number = rules.rule_number
    left join {{ ref('stg_app__commission_overrides') }} as overrides
        on
            lines.agreement_id = overrides.agreement_id
            and lines.rule_key = overrides.rule_key
            and lines.chain_id = overrides.chain_id
            and lines.period_id = overrides.period_id
            and lines.validator_key = overrides.validator_key
            and lines.revenue_component = overrides.revenue_component
),

-- What of the rule's base lies in each step: all of it up to the end of the period, less what came before.
sliced as (
    select
        facts.*,
        slices.tier_slices,
        slices.written_slices,
        case
            when facts.rule_base_units = 0 and facts.tier_mode is not null
                then
                    {{ tier_rate(
                        'facts.before_base_units', 'facts.version_id', 'facts.rule_number', 'facts.native_decimals'
                    ) }}
        end as marginal_rate_bps
    from facts
    left join lateral (
        select
            jsonb_agg(
                jsonb_build_object(
                    'from_native',
                    {{ written_native(to_native('parts.from_base_units', 'facts.native_decimals')) }},
                    'until_native',
                    {{ written_native(to_native('parts.until_base_units', 'facts.native_decimals')) }},
                    'slice_native',
                    {{ written_native(to_native('parts.slice_base_units', 'facts.native_decimals')) }},
                    'commission_rate_bps',
                    parts.rate_bps::integer
                )
                order by parts.from_base_units
            ) as tier_slices,
            string_agg(
                format('%s * %s/10000', parts.slice_base_units, parts.rate_bps), ' + ' order by parts.from_base_units
            ) filter (where parts.slice_base_units <> 0) as written_slices
        from (
            select
                steps.*,
                {{ in_step('(facts.before_base_units + facts.rule_base_units)', 'facts.tier_mode') }}
                - {{ in_step('facts.before_base_units', 'facts.tier_mode') }} as slice_base_units
            from {{ tier_steps('facts.version_id', 'facts.rule_number', 'facts.native_decimals') }} as steps
        ) as parts
    ) as slices on facts.tier_mode is not null
),

written as (
    select
        *,
        {{ written_fraction('base_numerator', 'base_denominator') }} as written_base,
        {{ written_fraction('attributed_numerator', 'attributed_denominator') }} as written_attributed,
        {{ written_fraction('exact_numerator', 'exact_denominator') }} as written_exact,
        {{ written_fraction('rule_numerator', 'rule_denominator') }} as written_total,
        format(
            '%s/%s', weight_numerator, weight_denominator
        ) as written_weight
    from sliced
),

sentences as (
    select
        *,
        format(
            'Numbers without a unit are in %s (1 %s is 10^%s).', base_unit, native_unit, native_decimals
        ) as units_sentence,
        format(
            'Rule %s of version %s (%s), in force from %s until %s, governs period %s: %s, %s, %s%s, %s.',
            rule_number,
            agreement_version,
            rule_key,
            to_char(effective_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            coalesce(to_char(effective_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'further notice'),
            period_id,
            stacking,
            allocation_mode,
            basis,
            case when basis = 'NET' then concat(' of ', array_to_string(net_costs, ', ')) end,
            negative_policy
        ) as rule_sentence,
        case
            when base_source = 'CLIENT_REWARDS'
                then format('The clients'' own inflation rewards with %s are %s.', validator_key, written_base)
            else format('%s of %s is %s.', revenue_component, validator_key, component_base_units)
        end as component_sentence,
        case
            when basis = 'NET'
                then
                    format(
                        'The costs named, %s in all, are spread over the components in proportion to the positive '
                        'ones; less its part, %s - %s * %s, it is %s.',
                        cost_base_units,
                        component_base_units,
                        cost_base_units,
                        case
                            when component_base_units > 0 then concat(component_base_units, '/', base_denominator)
                            when base_numerator = component_base_units * base_denominator then '0'
                            else '1'
                        end,
                        written_base
                    )
        end as cost_sentence,
        case
            when attribution_method = 'FIXED_SHARE' then 'A fixed share counts all of it.'
            when base_source = 'CLIENT_REWARDS' then 'They are the base.'
            when weight_basis = 'STAKE_OBSERVED'
                then
                    format(
                        'Of the validator''s active stake of %s the clients hold %s: the attributed base is '
                        '%s * %s = %s.',
                        weight_denominator, weight_numerator, written_base, written_weight, written_attributed
                    )
            when weight_basis = 'REWARD_APPORTIONED'
                then
                    format(
                        'Stake was not observed; of the accounts'' rewards of %s the clients'' have %s: the '
                        'attributed base is %s * %s = %s.',
                        weight_denominator, weight_numerator, written_base, written_weight, written_attributed
                    )
            when weight_numerator in (0, 1) and weight_denominator = 1
                then
                    format(
                        'What is the clients'' of it is %s: the attributed base is %s.',
                        case weight_numerator when 1 then 'all' else 'nothing' end, written_attributed
                    )
            else
                format(
                    'Of the observed commission of %s the clients'' accounts bore %s: the attributed base is '
                    '%s * %s = %s.',
                    weight_denominator, weight_numerator, written_base, written_weight, written_attributed
                )
        end as base_sentence,
        case
            when allocation_mode = 'POOL_SPLIT'
                then
                    format(
                        'At %s bps that is %s/10000 * %s = %s.', commission_rate_bps, commission_rate_bps,
                        component_base_units, written_exact
                    )
            when tier_mode is not null and rule_base_units = 0
                then
                    format(
                        'Truncated, the line''s base is %s; the rule''s bases sum to 0, so each takes the rate of the '
                        'step that holds what came before (%s), %s bps: %s.',
                        whole_base, before_base_units, marginal_rate_bps, written_exact
                    )
            when tier_mode is not null
                then
                    format(
                        'Truncated, the line''s base is %s of the rule''s %s in the period, after %s before it in the '
                        'month. %s tiers make of the rule''s %s = %s; the line''s part is %s * %s/%s = %s.',
                        whole_base, rule_base_units, before_base_units, tier_mode, coalesce(written_slices, '0'),
                        written_total, written_total, whole_base, rule_base_units, written_exact
                    )
            when works_on_whole_bases
                then
                    format(
                        'Truncated to %s, at %s bps it is %s * %s/10000 = %s.', whole_base, commission_rate_bps,
                        whole_base, commission_rate_bps, written_exact
                    )
            else
                format(
                    'At %s bps it is %s * %s/10000 = %s.', commission_rate_bps, written_attributed,
                    commission_rate_bps, written_exact
                )
        end as rate_sentence,
        case
            when is_floor_binding
                then
                    format(
                        'All lines of the rule come to %s in the period, below its floor of %s %s, which is due.',
                        written_total, {{ written_native('floor_amount_native') }}, native_unit
                    )
            when is_cap_binding
                then
                    format(
                        'All lines of the rule come to %s in the period, above its cap of %s %s, which is due.',
                        written_total, {{ written_native('cap_amount_native') }}, native_unit
                    )
            when floor_amount_native is not null or cap_amount_native is not null
                then
                    format(
                        'All lines of the rule come to %s in the period: %s binds.', written_total,
                        concat_ws(
                            ' and no ',
                            concat('no floor of ' || {{ written_native('floor_amount_native') }}, ' ' || native_unit),
                            concat('cap of ' || {{ written_native('cap_amount_native') }}, ' ' || native_unit)
                        )
                    )
        end as bound_sentence,
        case
            when allocation_mode = 'POOL_SPLIT' and whole_base_units is not null
                then
                    format(
                        'The versions of pool %s share all of the component by largest remainder over their rates: '
                        '%s falls to this line.',
                        pool, raw_base_units
                    )
            when allocation_mode = 'POOL_SPLIT'
                then
                    format(
                        'The rates of pool %s in force are not 10000 together, so the line is truncated by itself: '
                        '%s.',
                        pool, raw_base_units
                    )
            when whole_base_units is not null
                then
                    format(
                        'The rule''s whole %s is shared over its lines by largest remainder of their exact amounts: '
                        '%s falls to this line.',
                        whole_base_units, raw_base_units
                    )
            else format('Truncated once, toward zero: %s.', raw_base_units)
        end as whole_sentence,
        case
            when negative_policy = 'FLOOR_AT_ZERO' and raw_base_units < 0
                then 'FLOOR_AT_ZERO: what is below zero is 0.'
            when negative_policy = 'CARRY_FORWARD'
                then
                    format(
                        'CARRY_FORWARD: %s was carried in; the line is max(0, %s + %s) = %s, and %s is carried on.',
                        carried_in_base_units, carried_in_base_units, raw_base_units, computed_base_units,
                        carried_out_base_units
                    )
        end as policy_sentence,
        format(
            'Computed: %s %s.', {{ written_native('pre_override_amount_native') }}, native_unit
        ) as computed_sentence
    from written
)

select
    line_id::text as line_id,
    partner_id::text as partner_id,
    agreement_id::text as agreement_id,
    rule_key::text as rule_key,
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    revenue_component::text as revenue_component,
    version_id::text as version_id,
    agreement_version::integer as agreement_version,
    effective_from::timestamptz as effective_from,
    effective_until::timestamptz as effective_until,
    stacking::text as stacking,
    allocation_mode::text as allocation_mode,
    pool::text as pool,
    basis::text as basis,
    net_costs::text[] as net_costs,
    negative_policy::text as negative_policy,
    rule_number::integer as rule_number,
    rule_order::integer as rule_order,
    rule_chain_id::text as rule_chain_id,
    rule_validator_key::text as rule_validator_key,
    rule_component::text as rule_component,
    attribution_method::text as attribution_method,
    base_source::text as base_source,
    attribution_basis::text as attribution_basis,
    weight_basis::text as weight_basis,
    commission_rate_bps::integer as commission_rate_bps,
    tier_mode::text as tier_mode,
    tier_basis::text as tier_basis,
    {{ to_native('component_base_units', 'native_decimals') }} as component_amount_native,
    {{ to_native('cost_base_units', 'native_decimals') }} as cost_amount_native,
    {{ in_lowest_terms('base_numerator', 'base_numerator', 'base_denominator') }}::numeric as base_numerator,
    {{ in_lowest_terms('base_denominator', 'base_numerator', 'base_denominator') }}::numeric as base_denominator,
    weight_numerator::numeric as weight_numerator,
    weight_denominator::numeric as weight_denominator,
    {{ in_lowest_terms('attributed_numerator', 'attributed_numerator', 'attributed_denominator') }}::numeric
        as attributed_numerator,
    {{ in_lowest_terms('attributed_denominator', 'attributed_numerator', 'attributed_denominator') }}::numeric
        as attributed_denominator,
    {{ in_lowest_terms('exact_numerator', 'exact_numerator', 'exact_denominator') }}::numeric as exact_numerator,
    {{ in_lowest_terms('exact_denominator', 'exact_numerator', 'exact_denominator') }}::numeric as exact_denominator,
    {{ to_native('rule_base_units', 'native_decimals') }} as rule_base_native,
    {{ to_native('before_base_units', 'native_decimals') }} as before_native,
    tier_slices::jsonb as tier_slices,
    {{ in_lowest_terms('rule_numerator', 'rule_numerator', 'rule_denominator') }}::numeric as rule_numerator,
    {{ in_lowest_terms('rule_denominator', 'rule_numerator', 'rule_denominator') }}::numeric as rule_denominator,
    floor_amount_native::numeric(38, 18) as floor_amount_native,
    cap_amount_native::numeric(38, 18) as cap_amount_native,
    is_floor_binding::boolean as is_floor_binding,
    is_cap_binding::boolean as is_cap_binding,
    {{ to_native('whole_base_units', 'native_decimals') }} as whole_amount_native,
    {{ to_native('raw_base_units', 'native_decimals') }} as raw_amount_native,
    {{ to_native('carried_in_base_units', 'native_decimals') }} as carried_in_native,
    {{ to_native('carried_out_base_units', 'native_decimals') }} as carried_out_native,
    pre_override_amount_native::numeric(38, 18) as pre_override_amount_native,
    override_amount_native::numeric(38, 18) as override_amount_native,
    override_reason::text as override_reason,
    override_recorded_by::text as override_recorded_by,
    final_amount_native::numeric(38, 18) as final_amount_native,
    concat_ws(
        E'\n',
        case
            when pre_override_amount_native is null
                then format('Nothing is computed for %s in period %s.', rule_key, period_id)
            else
                concat_ws(
                    E'\n', units_sentence, rule_sentence, component_sentence, cost_sentence, base_sentence,
                    rate_sentence, bound_sentence, whole_sentence, policy_sentence, computed_sentence
                )
        end,
        case
            when override_amount_native is not null
                then
                    format(
                        'An override by %s (%s) makes the line %s %s.', override_recorded_by, override_reason,
                        {{ written_native('override_amount_native') }}, native_unit
                    )
        end
    )::text as explanation
from sentences
