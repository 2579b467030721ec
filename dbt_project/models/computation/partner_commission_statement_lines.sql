{{ config(materialized='view') }}

-- A view, so that a move shows at once: what was frozen is read from where it was copied to.
with stated as (
    select
        lines.statement_id,
        lines.line_number,
        statements.partner_id,
        statements.statement_month,
        statements.status,
        lines.line_kind,
        lines.line_id,
        lines.agreement_id,
        lines.agreement_version,
        lines.rule_key,
        lines.chain_id,
        lines.period_id,
        lines.validator_key,
        lines.revenue_component,
        lines.attribution_method,
        lines.attribution_basis,
        lines.weight_basis,
        lines.base_amount_native,
        lines.weight_numerator,
        lines.weight_denominator,
        lines.attributed_amount_native,
        lines.commission_rate_bps,
        lines.pre_override_amount_native,
        lines.override_amount_native,
        lines.stated_native as amount_native,
        lines.recomputed_amount_native,
        lines.memo_native,
        lines.reason_code,
        lines.corrects_line_id,
        lines.payload_ids,
        lines.fiat
    from {{ ref('stg_app__statement_lines') }} as lines
    inner join {{ ref('stg_app__statements') }} as statements on lines.statement_id = statements.statement_id
    where statements.status in ({{ frozen_statuses() }}, 'VOID')
),

drafted as (
    select
        lines.statement_id,
        lines.line_number,
        lines.partner_id,
        lines.statement_month,
        coalesce(statements.status, 'DRAFT') as status,
        lines.line_kind,
        lines.line_id,
        lines.agreement_id,
        lines.agreement_version,
        lines.rule_key,
        lines.chain_id,
        lines.period_id,
        lines.validator_key,
        lines.revenue_component,
        lines.attribution_method,
        lines.attribution_basis,
        lines.weight_basis,
        lines.base_amount_native,
        lines.weight_numerator,
        lines.weight_denominator,
        lines.attributed_amount_native,
        lines.commission_rate_bps,
        lines.pre_override_amount_native,
        lines.override_amount_native,
        lines.amount_native,
        lines.recomputed_amount_native,
        lines.memo_native,
        lines.reason_code,
        lines.corrects_line_id,
        lines.payload_ids,
        lines.fiat
    from {{ ref('statement_draft_lines') }} as lines
    left join {{ ref('stg_app__statements') }} as statements on lines.statement_id = statements.statement_id
    where coalesce(statements.status, 'DRAFT') in ('DRAFT', 'PENDING_APPROVAL')
),

lines as (
    select * from stated
    union all
    select * from drafted
)

select
    statement_id::text as statement_id,
    line_number::integer as line_number,
    partner_id::text as partner_id,
    statement_month::date as statement_month,
    status::text as status,
    line_kind::text as line_kind,
    line_id::text as line_id,
    agreement_id::text as agreement_id,
    agreement_version::integer as agreement_version,
    rule_key::text as rule_key,
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    revenue_component::text as revenue_component,
    attribution_method::text as attribution_method,
    attribution_basis::text as attribution_basis,
    weight_basis::text as weight_basis,
    base_amount_native::numeric(38, 18) as base_amount_native,
    weight_numerator::numeric as weight_numerator,
    weight_denominator::numeric as weight_denominator,
    attributed_amount_native::numeric(38, 18) as attributed_amount_native,
    commission_rate_bps::integer as commission_rate_bps,
    pre_override_amount_native::numeric(38, 18) as pre_override_amount_native,
    override_amount_native::numeric(38, 18) as override_amount_native,
    amount_native::numeric(38, 18) as amount_native,
    recomputed_amount_native::numeric(38, 18) as recomputed_amount_native,
    memo_native::numeric(38, 18) as memo_native,
    reason_code::text as reason_code,
    corrects_line_id::text as corrects_line_id,
    payload_ids::text[] as payload_ids,
    fiat::jsonb as fiat
from lines
