{{ config(
    indexes=[{'columns': ['period_id']}, {'columns': ['agreement_id', 'period_id']}, {'columns': ['line_id']}],
    meta={'scoped_by': 'agreement'},
    post_hook=keep_statistics()
) }}

-- What each partner is owed: what is computed, after the negative policy, and the override in its place where one is.
with computed as (
    select
        amounts.agreement_id,
        amounts.rule_key,
        amounts.chain_id,
        amounts.period_id,
        amounts.validator_key,
        amounts.revenue_component,
        claims.agreement_version,
        claims.attribution_method,
        claims.attribution_basis,
        claims.weight_basis,
        claims.base_base_units,
        claims.weight_numerator,
        claims.weight_denominator,
        {{ truncated('claims.exact_numerator', 'claims.exact_denominator') }} as attributed_base_units,
        claims.commission_rate_bps,
        case versions.negative_policy
            when 'FLOOR_AT_ZERO' then greatest(amounts.raw_base_units, 0)
            when 'CARRY_FORWARD' then carries.line_base_units
            else amounts.raw_base_units
        end as computed_base_units
    from {{ ref('commission_amounts') }} as amounts
    inner join {{ ref('commission_claims') }} as claims
        on
            amounts.agreement_id = claims.agreement_id
            and amounts.rule_key = claims.rule_key
            and amounts.chain_id = claims.chain_id
            and amounts.period_id = claims.period_id
            and amounts.validator_key = claims.validator_key
            and amounts.revenue_component = claims.revenue_component
            and {{ in_scope('claims.period_id') }}
    inner join {{ ref('stg_app__agreement_versions') }} as versions on claims.version_id = versions.version_id
    left join {{ ref('commission_carries') }} as carries
        on
            amounts.agreement_id = carries.agreement_id
            and amounts.rule_key = carries.rule_key
            and amounts.chain_id = carries.chain_id
            and amounts.period_id = carries.period_id
            and amounts.validator_key = carries.validator_key
            and amounts.revenue_component = carries.revenue_component
            and {{ in_scope('carries.period_id') }}
    where
        {{ in_scope('amounts.period_id') }}
        and {{ in_agreement_scope('amounts.agreement_id', 'amounts.period_id') }}
        and amounts.raw_base_units is not null
),

overrides as (
    select
        agreement_id,
        rule_key,
        chain_id,
        period_id,
        validator_key,
        revenue_component,
        override_amount_native
    from {{ ref('stg_app__commission_overrides') }}
    where {{ in_scope('period_id') }} and {{ in_agreement_scope('agreement_id', 'period_id') }}
),

lines as (
    select
        coalesce(computed.agreement_id, overrides.agreement_id) as agreement_id,
        coalesce(computed.rule_key, overrides.rule_key) as rule_key,
        coalesce(computed.chain_id, overrides.chain_id) as chain_id,
        coalesce(computed.period_id, overrides.period_id) as period_id,
        coalesce(computed.validator_key, overrides.validator_key) as validator_key,
        coalesce(computed.revenue_component, overrides.revenue_component) as revenue_component,
        computed.agreement_version,
        computed.attribution_method,
        computed.attribution_basis,
        computed.weight_basis,
        computed.base_base_units,
        computed.weight_numerator,
        computed.weight_denominator,
        computed.attributed_base_units,
        computed.commission_rate_bps,
        computed.computed_base_units,
        overrides.override_amount_native
    from computed
    full join overrides
        on
            computed.agreement_id = overrides.agreement_id
            and computed.rule_key = overrides.rule_key
            and computed.chain_id = overrides.chain_id
            and computed.period_id = overrides.period_id
            and computed.validator_key = overrides.validator_key
            and computed.revenue_component = overrides.revenue_component
)

select
    {{ line_key('lines') }}::text as line_id,
    agreements.partner_id::text as partner_id,
    lines.agreement_id::text as agreement_id,
    lines.agreement_version::integer as agreement_version,
    lines.rule_key::text as rule_key,
    lines.chain_id::text as chain_id,
    lines.period_id::bigint as period_id,
    lines.validator_key::text as validator_key,
    lines.revenue_component::text as revenue_component,
    lines.attribution_method::text as attribution_method,
    lines.attribution_basis::text as attribution_basis,
    lines.weight_basis::text as weight_basis,
    {{ to_native('lines.base_base_units', 'chains.native_decimals') }} as base_amount_native,
    lines.weight_numerator::numeric as weight_numerator,
    lines.weight_denominator::numeric as weight_denominator,
    {{ to_native('lines.attributed_base_units', 'chains.native_decimals') }} as attributed_amount_native,
    lines.commission_rate_bps::integer as commission_rate_bps,
    {{ to_native('lines.computed_base_units', 'chains.native_decimals') }} as pre_override_amount_native,
    lines.override_amount_native::numeric(38, 18) as override_amount_native,
    -- An override of zero is a zero, not none.
    coalesce(
        lines.override_amount_native, {{ to_native('lines.computed_base_units', 'chains.native_decimals') }}
    )::numeric(38, 18) as final_amount_native,
    periods.is_finalized::boolean as is_finalized
from lines
inner join {{ ref('stg_app__agreements') }} as agreements on lines.agreement_id = agreements.agreement_id
inner join {{ ref('chains') }} as chains on lines.chain_id = chains.chain_id
inner join {{ ref('periods') }} as periods
    on lines.chain_id = periods.chain_id and lines.period_id = periods.period_id and {{ in_scope('periods.period_id') }}
