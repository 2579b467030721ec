{{ config(materialized='view') }}

select
    statement_id::text as statement_id,
    partner_id::text as partner_id,
    chain_id,
    statement_month,
    revision,
    status,
    content_hash,
    line_count,
    lines_native,
    adjustments_native,
    total_commission_native,
    carried_native,
    minimum_payout_native,
    payout_native,
    balance_native,
    fiat_totals,
    submitted_at,
    approved_at,
    released_at,
    paid_at,
    payment_reference,
    voided_at,
    void_reason
from {{ source('app', 'statements') }}
