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
    approved_at
from {{ source('app', 'statements') }}
