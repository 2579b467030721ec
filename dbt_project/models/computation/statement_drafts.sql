{{ config(materialized='table') }}

-- What each open statement comes to: its sums, and what it pays or carries after the months before it.
with recursive sums as (
    select
        statement_id,
        count(*) as line_count,
        coalesce(sum(amount_native) filter (where line_kind = 'LINE'), 0) as lines_native,
        coalesce(sum(amount_native) filter (where line_kind <> 'LINE'), 0) as adjustments_native,
        count(*) filter (where amount_native <> 0) as counting_lines
    from {{ ref('statement_draft_lines') }}
    group by statement_id
),

-- A currency in which a line has no price has no total.
fiat_sums as (
    select
        lines.statement_id,
        memo.currency,
        sum((memo.content ->> 'amount')::numeric) as total,
        count(*) filter (where lines.amount_native <> 0) as counting_lines
    from {{ ref('statement_draft_lines') }} as lines
    inner join lateral jsonb_each(lines.fiat) as memo (currency, content) on true
    group by lines.statement_id, memo.currency
),

fiat_totals as (
    select
        fiat_sums.statement_id,
        jsonb_object_agg(fiat_sums.currency, fiat_sums.total::numeric(38, 2)::text) as fiat_totals
    from fiat_sums
    inner join sums on fiat_sums.statement_id = sums.statement_id
    where fiat_sums.counting_lines = sums.counting_lines
    group by fiat_sums.statement_id
),

findings as (
    select
        statement_id,
        count(*) as blocking_count
    from {{ ref('statement_findings') }}
    group by statement_id
),

-- What the last frozen statement left.
balances as (
    select distinct on (partner_id, chain_id)
        partner_id,
        chain_id,
        balance_native
    from {{ ref('stg_app__statements') }}
    where status in ({{ frozen_statuses() }})
    order by partner_id, chain_id, statement_month desc
),

in_order as (
    select
        statements.*,
        row_number() over (
            partition by statements.partner_id, statements.chain_id order by statements.statement_month
        ) as place,
        coalesce(sums.line_count, 0) as line_count,
        coalesce(sums.lines_native, 0) as lines_native,
        coalesce(sums.adjustments_native, 0) as adjustments_native,
        coalesce(sums.lines_native, 0) + coalesce(sums.adjustments_native, 0) as total_native,
        coalesce(minimums.minimum_payout_native, 0) as minimum_native,
        coalesce(balances.balance_native, 0) as opening_native,
        coalesce(findings.blocking_count, 0) as blocking_count,
        fiat_totals.fiat_totals
    from {{ ref('open_statements') }} as statements
    left join sums on statements.statement_id = sums.statement_id
    left join findings on statements.statement_id = findings.statement_id
    left join fiat_totals on statements.statement_id = fiat_totals.statement_id
    left join balances on statements.partner_id = balances.partner_id and statements.chain_id = balances.chain_id
    left join {{ ref('stg_app__partner_minimum_payouts') }} as minimums
        on statements.partner_id = minimums.partner_id and statements.chain_id = minimums.chain_id
),

-- All of a balance that is above zero and reaches the minimum is paid; else it is carried, also a debt.
paid as (
    select
        in_order.statement_id,
        in_order.partner_id,
        in_order.chain_id,
        in_order.place,
        opening.carried_native,
        payout.payout_native,
        opening.carried_native + in_order.total_native - payout.payout_native as balance_native
    from in_order
    inner join lateral (select in_order.opening_native::numeric as carried_native) as opening on true
    inner join lateral (
        select
            {{ payout('opening.carried_native + in_order.total_native', 'in_order.minimum_native') }} as payout_native
    ) as payout on true
    where in_order.place = 1
    union all
    select
        in_order.statement_id,
        in_order.partner_id,
        in_order.chain_id,
        in_order.place,
        paid.balance_native as carried_native,
        payout.payout_native,
        paid.balance_native + in_order.total_native - payout.payout_native as balance_native
    from paid
    inner join in_order
        on
            paid.partner_id = in_order.partner_id
            and paid.chain_id = in_order.chain_id
            and paid.place + 1 = in_order.place
    inner join lateral (
        select
            {{ payout('paid.balance_native + in_order.total_native', 'in_order.minimum_native') }} as payout_native
    ) as payout on true
)

select
    in_order.statement_id::text as statement_id,
    in_order.partner_id::text as partner_id,
    in_order.chain_id::text as chain_id,
    in_order.statement_month::date as statement_month,
    in_order.revision::integer as revision,
    in_order.line_count::bigint as line_count,
    in_order.lines_native::numeric(38, 18) as lines_native,
    in_order.adjustments_native::numeric(38, 18) as adjustments_native,
    in_order.total_native::numeric(38, 18) as total_commission_native,
    paid.carried_native::numeric(38, 18) as carried_native,
    in_order.minimum_native::numeric(38, 18) as minimum_payout_native,
    paid.payout_native::numeric(38, 18) as payout_native,
    paid.balance_native::numeric(38, 18) as balance_native,
    in_order.fiat_totals::jsonb as fiat_totals,
    in_order.blocking_count::bigint as blocking_count,
    (in_order.blocking_count = 0)::boolean as is_approvable
from in_order
inner join paid on in_order.statement_id = paid.statement_id
