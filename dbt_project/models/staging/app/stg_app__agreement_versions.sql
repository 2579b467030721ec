{{ config(materialized='view') }}

select
    version_id::text as version_id,
    agreement_id::text as agreement_id,
    agreement_version,
    effective_from,
    effective_until,
    stacking,
    allocation_mode,
    pool,
    basis,
    net_costs,
    negative_policy,
    clawback_months,
    recorded_at
from {{ source('app', 'agreement_versions') }}
where superseded_at is null
