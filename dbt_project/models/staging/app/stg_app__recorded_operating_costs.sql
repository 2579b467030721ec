{{ config(materialized='view') }}

select
    cost_id::text as cost_id,
    chain_id,
    period_id,
    validator_key,
    recorded_at,
    superseded_at
from {{ source('app', 'operating_costs') }}
