{{ config(
    indexes=[{'columns': ['period_id']}, {'columns': ['partner_id', 'period_id']}],
    meta={'scoped_by': 'period'}
) }}

-- Everything that keeps a commission from being approved, or that whoever approves it should know.
with terms as (
    select *
    from {{ ref('int_commissions__terms') }}
    where {{ in_scope('period_id') }}
),

claims as (
    select *
    from {{ ref('commission_claims') }}
    where {{ in_scope('period_id') }}
),

amounts as (
    select *
    from {{ ref('commission_amounts') }}
    where {{ in_scope('period_id') }}
),

lines as (
    select *
    from {{ ref('partner_commission_lines') }}
    where {{ in_scope('period_id') }}
),

-- Whose statement a finding about a cell concerns: whoever has a claim on it, or a line that an override alone makes.
concerned as (
    select
        agreement_id,
        partner_id,
        chain_id,
        period_id,
        validator_key
    from claims
    union
    select
        agreement_id,
        partner_id,
        chain_id,
        period_id,
        validator_key
    from lines
),

of_claims as (
    select
        finding.code,
        claims.partner_id,
        claims.agreement_id,
        claims.rule_key,
        claims.chain_id,
        claims.period_id,
        claims.validator_key,
        claims.revenue_component,
        finding.detail
    from claims
    inner join lateral (
        values
        (
            claims.withheld_code,
            case claims.withheld_code
                when 'NO_ACTIVE_STAKE' then 'the validator has no active stake: no line'
                when 'WEIGHT_GT_ONE'
                    then 'the clients have ' || claims.weight_numerator || ' of ' || claims.weight_denominator
                else 'what the line is computed from is not known'
            end
        ),
        (
            case when claims.is_staker_set_incomplete then 'STAKERS_INCOMPLETE' end,
            'the stake accounts known of the validator are not shown to be all of them'
        ),
        (
            case when claims.is_stake_mismatch then 'STAKE_MISMATCH' end,
            'the listed accounts do not add up to the active stake that the chain reports'
        ),
        (
            case
                when claims.weight_basis = 'REWARD_APPORTIONED' and claims.withheld_code is null
                    then 'REWARD_APPORTIONED'
            end,
            'stake was not observed: the weight is that of inflation rewards'
        )
    ) as finding (code, detail) on finding.code is not null
),

of_amounts as (
    select
        amounts.withheld_code as code,
        claims.partner_id,
        amounts.agreement_id,
        amounts.rule_key,
        amounts.chain_id,
        amounts.period_id,
        amounts.validator_key,
        amounts.revenue_component,
        case
            when amounts.withheld_code = 'MISSING_DATA' then 'another cell of the rule is not known: no line of it'
            else 'the rates of the pool''s versions in force do not sum to 10000'
        end as detail
    from amounts
    inner join claims
        on
            amounts.agreement_id = claims.agreement_id
            and amounts.rule_key = claims.rule_key
            and amounts.chain_id = claims.chain_id
            and amounts.period_id = claims.period_id
            and amounts.validator_key = claims.validator_key
            and amounts.revenue_component = claims.revenue_component
    where amounts.withheld_code is not null
),

-- What is paid in the end, against what the validator took of the clients.
of_payouts as (
    select
        'PAYOUT_EXCEEDS_REVENUE' as code,
        lines.partner_id,
        lines.agreement_id,
        lines.rule_key,
        lines.chain_id,
        lines.period_id,
        lines.validator_key,
        lines.revenue_component,
        'the payout exceeds what the clients earned the validator' as detail
    from lines
    inner join {{ ref('chains') }} as chains on lines.chain_id = chains.chain_id
    inner join claims
        on
            lines.agreement_id = claims.agreement_id
            and lines.rule_key = claims.rule_key
            and lines.chain_id = claims.chain_id
            and lines.period_id = claims.period_id
            and lines.validator_key = claims.validator_key
            and lines.revenue_component = claims.revenue_component
    where
        claims.base_source = 'CLIENT_REWARDS'
        and lines.final_amount_native
        > {{ to_native('claims.client_commission_base_units', 'chains.native_decimals') }}
),

-- A cell of a P&L that lacks something, whether or not a rule reads it.
of_incomplete_cells as (
    select
        'MISSING_DATA' as code,
        concerned.partner_id,
        concerned.agreement_id,
        null::text as rule_key,
        concerned.chain_id,
        concerned.period_id,
        concerned.validator_key,
        null::text as revenue_component,
        'not answered: ' || array_to_string(revenue.missing_data_types, ', ') as detail
    from concerned
    inner join {{ ref('validator_revenue') }} as revenue
        on
            concerned.chain_id = revenue.chain_id
            and concerned.period_id = revenue.period_id
            and concerned.validator_key = revenue.validator_key
            and {{ in_scope('revenue.period_id') }}
    where not revenue.is_complete
),

of_terms as (
    select
        finding.code,
        terms.partner_id,
        terms.agreement_id,
        null::text as rule_key,
        terms.chain_id,
        terms.period_id,
        null::text as validator_key,
        null::text as revenue_component,
        finding.detail
    from terms
    inner join {{ ref('periods') }} as periods
        on
            terms.chain_id = periods.chain_id
            and terms.period_id = periods.period_id
            and {{ in_scope('periods.period_id') }}
    inner join lateral (
        values
        (
            case
                when periods.starts_at is null or (periods.ends_at is null and periods.is_finalized) then 'MISSING_DATA'
            end,
            'the bounds of the period are not known'
        ),
        (
            case when not periods.is_finalized and terms.status = 'ACTIVE' then 'NOT_FINALIZED' end,
            'the period is not final'
        ),
        (
            case
                when periods.starts_at is not null and terms.version_id is null and terms.status = 'ACTIVE'
                    then 'NO_ACTIVE_VERSION'
            end,
            'no version is in force when the period starts: nothing accrues'
        ),
        (
            case when terms.status = 'SUSPENDED' then 'AGREEMENT_SUSPENDED' end,
            'the agreement is suspended when the period starts: nothing accrues'
        )
    ) as finding (code, detail) on finding.code is not null
),

-- A line that an override alone makes has no terms behind it.
of_unfinished_lines as (
    select distinct
        'NOT_FINALIZED' as code,
        partner_id,
        agreement_id,
        null::text as rule_key,
        chain_id,
        period_id,
        null::text as validator_key,
        null::text as revenue_component,
        'the period is not final' as detail
    from lines
    where not is_finalized
),

of_reconciliation as (
    select
        'RECON_BREAK' as code,
        concerned.partner_id,
        concerned.agreement_id,
        null::text as rule_key,
        concerned.chain_id,
        concerned.period_id,
        concerned.validator_key,
        null::text as revenue_component,
        string_agg(
            breaks.metric || ': ' || breaks.provider_a || ' and ' || breaks.provider_b || ' differ by '
            || trim_scale(breaks.difference),
            '; ' order by breaks.metric collate "C", breaks.provider_a collate "C", breaks.provider_b collate "C"
        ) as detail
    from concerned
    inner join {{ ref('reconciliation') }} as breaks
        on
            concerned.chain_id = breaks.chain_id
            and concerned.period_id = breaks.period_id
            and concerned.validator_key = breaks.validator_key
            and {{ in_scope('breaks.period_id') }}
    left join {{ ref('stg_app__reconciliation_acceptances') }} as accepted
        on
            breaks.chain_id = accepted.chain_id
            and breaks.period_id = accepted.period_id
            and breaks.validator_key = accepted.validator_key
            and breaks.metric = accepted.metric
            and breaks.provider_a = accepted.provider_a
            and breaks.provider_b = accepted.provider_b
            and breaks.value_a = accepted.accepted_value_a
            and breaks.value_b = accepted.accepted_value_b
    where not breaks.is_within_tolerance and accepted.metric is null
    group by
        concerned.partner_id, concerned.agreement_id, concerned.chain_id, concerned.period_id, concerned.validator_key
),

of_pools as (
    select
        'POOL_OVER_ALLOCATED' as code,
        claims.partner_id,
        claims.agreement_id,
        null::text as rule_key,
        claims.chain_id,
        claims.period_id,
        claims.validator_key,
        claims.revenue_component,
        'all rules together claim more than the component' as detail
    from {{ ref('revenue_pools') }} as pools
    inner join (
        select distinct
            partner_id,
            agreement_id,
            chain_id,
            period_id,
            validator_key,
            revenue_component
        from claims
    ) as claims
        on
            pools.chain_id = claims.chain_id
            and pools.period_id = claims.period_id
            and pools.validator_key = claims.validator_key
            and pools.revenue_component = claims.revenue_component
    where {{ in_scope('pools.period_id') }} and pools.is_over_allocated
),

of_overrides as (
    select
        'OVERRIDE_STALE' as code,
        agreements.partner_id,
        overrides.agreement_id,
        overrides.rule_key,
        overrides.chain_id,
        overrides.period_id,
        overrides.validator_key,
        overrides.revenue_component,
        'the computed amount has changed since the override was set or confirmed' as detail
    from {{ ref('stg_app__commission_overrides') }} as overrides
    inner join {{ ref('stg_app__agreements') }} as agreements on overrides.agreement_id = agreements.agreement_id
    left join lines
        on
            overrides.agreement_id = lines.agreement_id
            and overrides.rule_key = lines.rule_key
            and overrides.chain_id = lines.chain_id
            and overrides.period_id = lines.period_id
            and overrides.validator_key = lines.validator_key
            and overrides.revenue_component = lines.revenue_component
    where
        {{ in_scope('overrides.period_id') }}
        and lines.pre_override_amount_native is distinct from overrides.computed_amount_native
),

-- Not about anybody's commission, and not to be missed by whoever approves one.
of_cells as (
    select
        'UNKNOWN_REWARD_TYPE' as code,
        null::text as partner_id,
        null::text as agreement_id,
        null::text as rule_key,
        rewards.chain_id,
        rewards.period_id,
        rewards.validator_key,
        null::text as revenue_component,
        'rewards of a type that nobody knows: '
        || string_agg(distinct coalesce(rewards.reward_type, 'none'), ', ') as detail
    from {{ ref('unknown_reward_types') }} as rewards
    where {{ in_scope('rewards.period_id') }}
    group by rewards.chain_id, rewards.period_id, rewards.validator_key
    union all
    select
        'MISDIRECTED_PAYMENT' as code,
        null::text as partner_id,
        null::text as agreement_id,
        null::text as rule_key,
        payments.chain_id,
        payments.period_id,
        payments.validator_key,
        payments.component as revenue_component,
        count(*) || ' payments for blocks went to nobody''s own address' as detail
    from {{ ref('misdirected_payments') }} as payments
    where {{ in_scope('payments.period_id') }}
    group by payments.chain_id, payments.period_id, payments.validator_key, payments.component
),

findings as (
    select * from of_claims
    union
    select * from of_amounts
    union
    select * from of_payouts
    union
    select * from of_incomplete_cells
    union
    select * from of_terms
    union
    select * from of_unfinished_lines
    union
    select * from of_reconciliation
    union
    select * from of_pools
    union
    select * from of_overrides
    union
    select * from of_cells
)

select
    encode(sha256(convert_to(
        jsonb_build_array(
            code, partner_id, agreement_id, rule_key, chain_id, period_id, validator_key, revenue_component, detail
        )::text,
        'UTF8'
    )), 'hex')::text as diagnostic_id,
    code::text as code,
    (case
        when code in ({{ blocking_codes() }}) then 'BLOCKING'
        when code in ('STAKE_MISMATCH', 'PAYOUT_EXCEEDS_REVENUE', 'UNKNOWN_REWARD_TYPE', 'MISDIRECTED_PAYMENT')
            then 'WARNING'
        else 'INFO'
    end)::text as severity,
    (code in ({{ blocking_codes() }}))::boolean as is_blocking,
    partner_id::text as partner_id,
    agreement_id::text as agreement_id,
    rule_key::text as rule_key,
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    revenue_component::text as revenue_component,
    detail::text as detail
from findings
