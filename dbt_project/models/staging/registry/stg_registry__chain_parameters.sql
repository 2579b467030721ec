{{ config(materialized='view') }}

select
    source.payload_id,
    entry.parameter ->> 'chain_id' as chain_id,
    entry.parameter ->> 'name' as parameter_name,
    (entry.parameter ->> 'from_period')::bigint as from_period,
    (entry.parameter ->> 'value')::bigint as parameter_value
from {{ source('staging_registry', 'chains') }} as source
cross join lateral jsonb_array_elements(source.payload::jsonb -> 'parameters') as entry (parameter)
