{{ config(materialized='view') }}

select
    run_id,
    chain_id,
    provider,
    endpoint,
    data_type,
    period_from,
    period_to,
    is_present_view,
    status,
    started_at,
    finished_at
from {{ source('ops', 'ingestion_runs') }}
