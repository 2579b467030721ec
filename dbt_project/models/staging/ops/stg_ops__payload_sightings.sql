{{ config(indexes=[{'columns': ['period_id']}]) }}

-- Which answer counts, decided in this one place: a payload that no later sighting of the same request beats.
with sightings as (
    select
        payload_id,
        request_id,
        chain_id,
        provider,
        endpoint,
        data_type,
        period_id,
        seen_at,
        sighting_id
    from {{ source('ops', 'payload_sightings') }}
    where {{ in_scope('period_id') }}
),

payloads as (
    select
        payload_id,
        request_id,
        chain_id,
        provider,
        endpoint,
        period_id,
        min(data_type) as data_type,
        min(seen_at) as first_seen_at,
        max(seen_at) as last_seen_at
    from sightings
    group by payload_id, request_id, chain_id, provider, endpoint, period_id
),

latest_sightings as (
    select distinct on (request_id)
        request_id,
        payload_id
    from sightings
    order by request_id, seen_at desc, sighting_id desc
)

select
    payloads.payload_id,
    payloads.chain_id,
    payloads.provider,
    payloads.endpoint,
    payloads.data_type,
    payloads.period_id,
    payloads.request_id,
    payloads.first_seen_at,
    payloads.last_seen_at,
    latest_sightings.payload_id is not null as is_counting
from payloads
left join latest_sightings
    on payloads.request_id = latest_sightings.request_id and payloads.payload_id = latest_sightings.payload_id
