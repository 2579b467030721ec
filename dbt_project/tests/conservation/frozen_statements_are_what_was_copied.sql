{{ config(meta={'dagster': {'ref': {'name': 'partner_commission_statements'}}}) }}

-- Every view shows the frozen figures of an approved statement, and its frozen lines.
select
    frozen.statement_id,
    shown.statement_id as shown_id
from {{ ref('stg_app__statements') }} as frozen
left join {{ ref('partner_commission_statements') }} as shown
    on
        frozen.statement_id = shown.statement_id
        and frozen.status = shown.status
        and frozen.line_count = shown.line_count
        and frozen.lines_native = shown.lines_native
        and frozen.adjustments_native = shown.adjustments_native
        and frozen.total_commission_native = shown.total_commission_native
        and frozen.carried_native = shown.carried_native
        and frozen.minimum_payout_native = shown.minimum_payout_native
        and frozen.payout_native = shown.payout_native
        and frozen.balance_native = shown.balance_native
where frozen.status in ({{ frozen_statuses() }}) and shown.statement_id is null
union all
select
    frozen.statement_id,
    shown.statement_id as shown_id
from {{ ref('stg_app__statement_lines') }} as frozen
left join {{ ref('partner_commission_statement_lines') }} as shown
    on
        frozen.statement_id = shown.statement_id
        and frozen.line_number = shown.line_number
        and frozen.line_id = shown.line_id
        and frozen.stated_native = shown.amount_native
where shown.statement_id is null
