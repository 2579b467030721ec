{{ config(materialized='table') }}

with counting_registry as (
    select
        payload_id,
        first_seen_at
    from {{ ref('stg_ops__payload_sightings') }}
    where period_id = 0 and endpoint = 'providers' and is_counting
)

select
    providers.provider::text as provider,
    providers.api::text as api,
    providers.base_urls::text as base_urls,
    providers.host_count::integer as host_count,
    providers.requests_per_second::numeric(18, 6) as requests_per_second,
    providers.concurrency::integer as concurrency,
    providers.batch_size::integer as batch_size,
    counting_registry.first_seen_at::timestamptz as known_at
from {{ ref('stg_registry__providers') }} as providers
inner join counting_registry on providers.payload_id = counting_registry.payload_id
