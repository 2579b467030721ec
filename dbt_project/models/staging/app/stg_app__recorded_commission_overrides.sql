{{ config(materialized='view') }}

select
    override_id::text as override_id,
    agreement_id::text as agreement_id,
    rule_key,
    chain_id,
    period_id,
    validator_key,
    revenue_component,
    recorded_at,
    superseded_at
from {{ source('app', 'commission_overrides') }}
