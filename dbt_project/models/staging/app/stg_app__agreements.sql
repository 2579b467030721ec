{{ config(materialized='view') }}

select
    agreement_id::text as agreement_id,
    partner_id::text as partner_id,
    name as agreement_name
from {{ source('app', 'agreements') }}
