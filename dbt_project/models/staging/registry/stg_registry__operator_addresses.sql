{{ config(materialized='view') }}

select
    source.payload_id,
    entry.chain ->> 'chain_id' as chain_id,
    lower(listed.address) as address
from {{ source('staging_registry', 'chains') }} as source
cross join lateral jsonb_array_elements(source.payload::jsonb -> 'chains') as entry (chain)
cross join lateral jsonb_array_elements_text(entry.chain -> 'operator_addresses') as listed (address)
