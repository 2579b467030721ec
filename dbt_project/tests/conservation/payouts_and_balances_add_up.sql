{{ config(meta={'dagster': {'ref': {'name': 'partner_commission_statements'}}}) }}

-- What was earned is paid or carried: each statement begins with what the one before it left, and all totals of a
-- partner and chain are its payouts and the last balance.
with standing as (
    select
        statement_id,
        partner_id,
        chain_id,
        total_commission_native,
        carried_native,
        payout_native,
        balance_native,
        lag(balance_native, 1, 0::numeric) over by_month as balance_before,
        sum(total_commission_native) over by_month as earned_native,
        sum(payout_native) over by_month as paid_native
    from {{ ref('partner_commission_statements') }}
    where status <> 'VOID'
    window by_month as (partition by partner_id, chain_id order by statement_month)
)

select
    statement_id,
    carried_native,
    balance_before,
    earned_native,
    paid_native,
    balance_native
from standing
where carried_native <> balance_before or earned_native <> paid_native + balance_native
