{{ config(materialized='view') }}

select
    source.payload_id,
    entry.tolerance ->> 'chain_id' as chain_id,
    entry.tolerance ->> 'metric' as metric,
    (entry.tolerance ->> 'abs_tolerance_native')::numeric(38, 18) as abs_tolerance_native,
    (entry.tolerance ->> 'rel_tolerance_bps')::integer as rel_tolerance_bps
from {{ source('staging_registry', 'mappings') }} as source
cross join lateral jsonb_array_elements(source.payload::jsonb -> 'tolerances') as entry (tolerance)
