{{ config(materialized='view') }}

select
    chain_id,
    period_id,
    validator_key,
    metric,
    provider_a,
    provider_b,
    value_a as accepted_value_a,
    value_b as accepted_value_b,
    recorded_at
from {{ source('app', 'reconciliation_acceptances') }}
where superseded_at is null
