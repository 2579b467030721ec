{{ config(materialized='table', indexes=[{'columns': ['statement_id']}]) }}

-- What keeps an open statement from approval: blocking diagnostics of the partner in its month and about the cells that
-- it corrects, and periods of its lines that are not final or not complete.
with of_the_month as (
    select
        statements.statement_id,
        blocking.code,
        blocking.chain_id,
        blocking.period_id,
        blocking.validator_key,
        blocking.detail
    from {{ ref('open_statements') }} as statements
    inner join {{ ref('statement_blockers') }} as blocking
        on
            statements.partner_id = blocking.partner_id
            and statements.chain_id = blocking.chain_id
            and statements.statement_month = blocking.statement_month
),

of_corrections as (
    select
        lines.statement_id,
        blocking.code,
        blocking.chain_id,
        blocking.period_id,
        blocking.validator_key,
        blocking.detail
    from {{ ref('statement_draft_lines') }} as lines
    inner join {{ ref('statement_blockers') }} as blocking
        on
            lines.partner_id = blocking.partner_id
            and lines.chain_id = blocking.chain_id
            and lines.period_id = blocking.period_id
            and (blocking.validator_key is null or lines.validator_key = blocking.validator_key)
    where lines.line_kind <> 'LINE'
),

of_periods as (
    select
        lines.statement_id,
        'NOT_FINALIZED' as code,
        lines.chain_id,
        lines.period_id,
        null::text as validator_key,
        'the period is not final' as detail
    from {{ ref('statement_draft_lines') }} as lines
    left join {{ ref('periods') }} as periods
        on lines.chain_id = periods.chain_id and lines.period_id = periods.period_id
    where periods.ends_at is null or not periods.is_finalized
),

of_cells as (
    select
        lines.statement_id,
        'MISSING_DATA' as code,
        lines.chain_id,
        lines.period_id,
        lines.validator_key,
        'not answered: ' || array_to_string(revenue.missing_data_types, ', ') as detail
    from {{ ref('statement_draft_lines') }} as lines
    inner join {{ ref('validator_revenue') }} as revenue
        on
            lines.chain_id = revenue.chain_id
            and lines.period_id = revenue.period_id
            and lines.validator_key = revenue.validator_key
    where not revenue.is_complete
),

findings as (
    select * from of_the_month
    union
    select * from of_corrections
    union
    select * from of_periods
    union
    select * from of_cells
),

merged as (
    select
        statement_id,
        code,
        chain_id,
        period_id,
        validator_key,
        string_agg(detail, '; ' order by detail collate "C") as detail
    from findings
    group by statement_id, code, chain_id, period_id, validator_key
)

select
    encode(sha256(convert_to(
        concat_ws('|', statement_id, code, chain_id, period_id, coalesce(validator_key, '')), 'UTF8'
    )), 'hex')::text as finding_id,
    statement_id::text as statement_id,
    code::text as code,
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    detail::text as detail
from merged
