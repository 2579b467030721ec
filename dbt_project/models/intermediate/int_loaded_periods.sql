{{ config(materialized='view') }}

with runs as (
    select
        runs.chain_id,
        chains.period_type,
        runs.period_from,
        runs.period_to,
        case when chains.period_type = 'DAY' then to_date(runs.period_from::text, 'YYYYMMDD') end as first_date,
        case when chains.period_type = 'DAY' then to_date(runs.period_to::text, 'YYYYMMDD') end as last_date
    from {{ ref('stg_ops__ingestion_runs') }} as runs
    inner join {{ ref('chains') }} as chains on runs.chain_id = chains.chain_id
    where not runs.is_present_view
)

select
    runs.chain_id,
    period.period_id
from runs
cross join lateral generate_series(runs.period_from, runs.period_to) as period (period_id)
where runs.period_type = 'EPOCH'
union
-- The days between two are dates, not numbers.
select
    runs.chain_id,
    {{ day_of_date('runs.first_date + day.day_number') }} as period_id
from runs
cross join lateral generate_series(0, runs.last_date - runs.first_date) as day (day_number)
where runs.period_type = 'DAY'
