{{ config(alias='partner_statement_lines') }}

-- What a partner may see of a line: what it is computed on and what it comes to, never what the validator earned.
select
    statement_id,
    line_number,
    partner_id,
    status,
    line_kind,
    line_id,
    agreement_id,
    agreement_version,
    rule_key,
    chain_id,
    period_id,
    validator_key,
    revenue_component,
    attribution_method,
    attribution_basis,
    weight_basis,
    attributed_amount_native,
    commission_rate_bps,
    amount_native,
    recomputed_amount_native,
    memo_native,
    reason_code,
    corrects_line_id,
    fiat
from {{ ref('partner_commission_statement_lines') }}
