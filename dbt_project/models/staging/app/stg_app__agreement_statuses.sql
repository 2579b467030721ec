{{ config(materialized='view') }}

select
    agreement_id::text as agreement_id,
    status,
    effective_from,
    recorded_at
from {{ source('app', 'agreement_statuses') }}
where superseded_at is null
