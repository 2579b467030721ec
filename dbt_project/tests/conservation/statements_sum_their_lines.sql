{{ config(meta={'dagster': {'ref': {'name': 'partner_commission_statements'}}}) }}

-- A statement's total is the sum of its lines and adjustments, and nothing is rounded on the way; so is every frozen
-- one, whose figures and lines were copied apart.
with sums as (
    select
        statement_id,
        count(*) as line_count,
        sum(amount_native) filter (where line_kind = 'LINE') as lines_native,
        sum(amount_native) filter (where line_kind <> 'LINE') as adjustments_native
    from {{ ref('partner_commission_statement_lines') }}
    group by statement_id
)

select
    statements.statement_id,
    statements.status,
    statements.total_commission_native,
    sums.lines_native,
    sums.adjustments_native
from {{ ref('partner_commission_statements') }} as statements
left join sums on statements.statement_id = sums.statement_id
where
    statements.lines_native is not null
    and (
        statements.line_count <> coalesce(sums.line_count, 0)
        or statements.lines_native <> coalesce(sums.lines_native, 0)
        or statements.adjustments_native <> coalesce(sums.adjustments_native, 0)
        or statements.total_commission_native <> coalesce(sums.lines_native, 0) + coalesce(sums.adjustments_native, 0)
    )
