{{ config(materialized='view') }}

select
    source.payload_id,
    entry.mapping ->> 'chain_id' as chain_id,
    entry.mapping ->> 'data_type' as data_type,
    entry.mapping ->> 'provider' as provider,
    entry.mapping ->> 'role' as role,
    (entry.mapping ->> 'priority')::integer as priority
from {{ source('staging_registry', 'mappings') }} as source
cross join lateral jsonb_array_elements(source.payload::jsonb -> 'mappings') as entry (mapping)
