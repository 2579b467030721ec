{{ config(meta={'dagster': {'ref': {'name': 'partner_commission_adjustments'}}}) }}

-- Over all time, what statements say of a line, open and frozen ones together, is what is computed today. Only what was
-- written off is missing, exactly, and what is withheld because it is not known.
with stated as (
    select
        agreement_id,
        rule_key,
        chain_id,
        period_id,
        validator_key,
        revenue_component,
        sum(amount_native) as stated_native
    from {{ ref('partner_commission_statement_lines') }}
    where status <> 'VOID'
    group by agreement_id, rule_key, chain_id, period_id, validator_key, revenue_component
),

-- A period of unknown bounds is in no month yet.
computed as (
    select
        lines.agreement_id,
        lines.rule_key,
        lines.chain_id,
        lines.period_id,
        lines.validator_key,
        lines.revenue_component,
        lines.final_amount_native
    from {{ ref('partner_commission_lines') }} as lines
    inner join {{ ref('periods') }} as periods
        on lines.chain_id = periods.chain_id and lines.period_id = periods.period_id
    where coalesce(periods.ends_at, periods.starts_at) is not null
),

compared as (
    select
        coalesce(computed.agreement_id, stated.agreement_id) as agreement_id,
        coalesce(computed.rule_key, stated.rule_key) as rule_key,
        coalesce(computed.chain_id, stated.chain_id) as chain_id,
        coalesce(computed.period_id, stated.period_id) as period_id,
        coalesce(computed.validator_key, stated.validator_key) as validator_key,
        coalesce(computed.revenue_component, stated.revenue_component) as revenue_component,
        computed.agreement_id is not null as is_computed,
        coalesce(computed.final_amount_native, 0) as computed_native,
        coalesce(stated.stated_native, 0) as stated_native
    from computed
    full join stated
        on
            computed.agreement_id = stated.agreement_id
            and computed.rule_key = stated.rule_key
            and computed.chain_id = stated.chain_id
            and computed.period_id = stated.period_id
            and computed.validator_key = stated.validator_key
            and computed.revenue_component = stated.revenue_component
)

select compared.*
from compared
where
    compared.computed_native <> compared.stated_native
    and not exists (
        select 1
        from {{ ref('partner_commission_adjustments') }} as written_off
        where
            written_off.adjustment_type = 'WRITE_OFF'
            and written_off.agreement_id = compared.agreement_id
            and written_off.rule_key = compared.rule_key
            and written_off.chain_id = compared.chain_id
            and written_off.period_id = compared.period_id
            and written_off.validator_key = compared.validator_key
            and written_off.revenue_component = compared.revenue_component
            and written_off.recomputed_amount_native = compared.computed_native
            and written_off.memo_native = compared.computed_native - compared.stated_native
    )
    and (
        compared.is_computed
        or not exists (
            select 1
            from {{ ref('commission_diagnostics') }} as findings
            where
                findings.code in ('MISSING_DATA', 'WEIGHT_GT_ONE')
                and findings.agreement_id = compared.agreement_id
                and findings.chain_id = compared.chain_id
                and findings.period_id = compared.period_id
        )
    )
