{{ config(materialized='view') }}

select distinct
    runs.chain_id,
    period.period_id
from {{ ref('stg_ops__ingestion_runs') }} as runs
cross join lateral generate_series(runs.period_from, runs.period_to) as period (period_id)
where not runs.is_present_view
