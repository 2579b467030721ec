{{ config(materialized='table', indexes=[{'columns': ['statement_id']}]) }}

-- What keeps an open statement from approval: blocking diagnostics of the partner in its month and about the cells that
-- it corrects, and periods of its lines that are not final or not complete.
with statements as (
    select distinct
        statement_id,
        partner_id,
        chain_id,
        statement_month
    from {{ ref('statement_draft_lines') }}
    union
    select
        {{ statement_key('partner_id', 'chain_id', 'statement_month', 'revision') }} as statement_id,
        partner_id,
        chain_id,
        statement_month
    from {{ ref('statement_revisions') }}
    where not is_frozen
),

dated_periods as (
    select
        chain_id,
        period_id,
        ends_at,
        is_finalized,
        {{ statement_month('starts_at', 'ends_at') }} as statement_month
    from {{ ref('periods') }}
),

-- A period of unknown bounds blocks the month of the period before it, or else of the one after.
periods as (
    select
        dated_periods.chain_id,
        dated_periods.period_id,
        coalesce(dated_periods.statement_month, before.statement_month, after.statement_month) as statement_month
    from dated_periods
    left join lateral (
        select earlier.statement_month
        from dated_periods as earlier
        where
            dated_periods.statement_month is null
            and earlier.chain_id = dated_periods.chain_id
            and earlier.period_id < dated_periods.period_id
            and earlier.statement_month is not null
        order by earlier.period_id desc
        limit 1
    ) as before on true
    left join lateral (
        select later.statement_month
        from dated_periods as later
        where
            dated_periods.statement_month is null
            and later.chain_id = dated_periods.chain_id
            and later.period_id > dated_periods.period_id
            and later.statement_month is not null
        order by later.period_id
        limit 1
    ) as after on true
),

blocking as (
    select
        code,
        partner_id,
        chain_id,
        period_id,
        validator_key,
        detail
    from {{ ref('commission_diagnostics') }}
    where is_blocking
),

of_the_month as (
    select
        statements.statement_id,
        blocking.code,
        blocking.chain_id,
        blocking.period_id,
        blocking.validator_key,
        blocking.detail
    from statements
    inner join periods
        on statements.chain_id = periods.chain_id and statements.statement_month = periods.statement_month
    inner join blocking
        on
            statements.partner_id = blocking.partner_id
            and periods.chain_id = blocking.chain_id
            and periods.period_id = blocking.period_id
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
    inner join blocking
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
    left join dated_periods on lines.chain_id = dated_periods.chain_id and lines.period_id = dated_periods.period_id
    where dated_periods.ends_at is null or not dated_periods.is_finalized
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
