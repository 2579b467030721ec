{{ config(materialized='view') }}

select
    agreement_id::text as agreement_id,
    rule_key,
    chain_id,
    period_id,
    validator_key,
    revenue_component,
    override_amount_native,
    computed_amount_native,
    reason,
    recorded_by,
    recorded_at
from {{ source('app', 'commission_overrides') }}
where superseded_at is null
