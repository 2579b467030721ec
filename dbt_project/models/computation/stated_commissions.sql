{{ config(materialized='table') }}

-- What frozen statements say of each cell of a rule, adjustments included. A void statement says nothing any more.
with stated_lines as (
    select
        lines.*,
        statements.partner_id,
        statements.statement_month,
        statements.approved_at
    from {{ ref('stg_app__statement_lines') }} as lines
    inner join {{ ref('stg_app__statements') }} as statements on lines.statement_id = statements.statement_id
    where statements.status in ({{ frozen_statuses() }})
)

select
    partner_id::text as partner_id,
    agreement_id::text as agreement_id,
    rule_key::text as rule_key,
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    revenue_component::text as revenue_component,
    -- A write-off states nothing: its amount is zero.
    sum(stated_native)::numeric(38, 18) as stated_native,
    ((array_agg(line_id order by statement_month, line_number))[1])::text as first_line_id,
    ((array_agg(agreement_version order by statement_month desc, line_number desc) filter (
        where agreement_version is not null
    ))[1])::integer as agreement_version,
    ((array_agg(attribution_method order by statement_month desc, line_number desc) filter (
        where attribution_method is not null
    ))[1])::text as attribution_method,
    max(approved_at)::timestamptz as stated_at
from stated_lines
group by partner_id, agreement_id, rule_key, chain_id, period_id, validator_key, revenue_component
