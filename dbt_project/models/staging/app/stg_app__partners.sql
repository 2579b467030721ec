{{ config(materialized='view') }}

select
    partner_id::text as partner_id,
    name as partner_name
from {{ source('app', 'partners') }}
