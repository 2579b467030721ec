{{ config(materialized='view') }}

select
    source.payload_id,
    entry.provider ->> 'provider' as provider,
    entry.provider ->> 'api' as api,
    entry.provider ->> 'base_urls' as base_urls,
    (entry.provider ->> 'host_count')::integer as host_count,
    (entry.provider ->> 'requests_per_second')::numeric as requests_per_second,
    (entry.provider ->> 'concurrency')::integer as concurrency,
    (entry.provider ->> 'batch_size')::integer as batch_size
from {{ source('staging_registry', 'providers') }} as source
cross join lateral jsonb_array_elements(source.payload::jsonb -> 'providers') as entry (provider)
