{{ config(materialized='view') }}

select
    chain_id,
    period_id,
    validator_key,
    line_type,
    amount_native,
    recorded_at
from {{ source('app', 'operating_costs') }}
where superseded_at is null
