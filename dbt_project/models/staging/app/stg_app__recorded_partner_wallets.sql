{{ config(materialized='view') }}

select
    wallet_id::text as wallet_id,
    partner_id::text as partner_id,
    chain_id,
    address,
    kind as wallet_kind,
    valid_from,
    valid_until,
    recorded_at,
    superseded_at
from {{ source('app', 'partner_wallets') }}
