{{ config(materialized='table') }}

with counting_registry as (
    select
        payload_id,
        first_seen_at
    from {{ ref('stg_ops__payload_sightings') }}
    where period_id = 0 and endpoint = 'mappings' and is_counting
)

select
    mappings.chain_id::text as chain_id,
    mappings.data_type::text as data_type,
    mappings.provider::text as provider,
    mappings.role::text as role,
    mappings.priority::integer as priority,
    counting_registry.first_seen_at::timestamptz as known_at
from {{ ref('stg_registry__mappings') }} as mappings
inner join counting_registry on mappings.payload_id = counting_registry.payload_id
