{{ config(materialized='view') }}

select
    version_id::text as version_id,
    agreement_id::text as agreement_id,
    agreement_version,
    effective_from,
    effective_until,
    pool,
    basis,
    clawback_months,
    recorded_at,
    superseded_at
from {{ source('app', 'agreement_versions') }}
