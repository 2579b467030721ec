{{ config(materialized='view') }}

select
    partner_id::text as partner_id,
    chain_id,
    minimum_payout_native,
    recorded_at
from {{ source('app', 'partner_minimum_payouts') }}
where superseded_at is null
