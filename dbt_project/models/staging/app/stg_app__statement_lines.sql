{{ config(materialized='view') }}

select
    statement_id::text as statement_id,
    line_number,
    line_kind,
    line_id,
    agreement_id::text as agreement_id,
    agreement_version,
    rule_key,
    chain_id,
    period_id,
    validator_key,
    revenue_component,
    amount_native as stated_native,
    recomputed_amount_native,
    memo_native,
    reason_code,
    corrects_line_id,
    payload_ids
from {{ source('app', 'statement_lines') }}
