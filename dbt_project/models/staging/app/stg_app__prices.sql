{{ config(materialized='view') }}

select
    chain_id,
    currency,
    at as priced_at,
    price,
    recorded_at
from {{ source('app', 'prices') }}
where superseded_at is null
