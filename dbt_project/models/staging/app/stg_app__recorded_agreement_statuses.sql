{{ config(materialized='view') }}

select
    status_id::text as status_id,
    agreement_id::text as agreement_id,
    effective_from,
    recorded_at,
    superseded_at
from {{ source('app', 'agreement_statuses') }}
