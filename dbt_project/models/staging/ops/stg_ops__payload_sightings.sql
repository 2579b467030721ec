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
        max(seen_at) as last_seen_at,
        max(sighting_id) as last_sighting_id
    from sightings
    group by payload_id, request_id, chain_id, provider, endpoint, period_id
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
    not exists (
        select 1
        from payloads as later
        where
            later.request_id = payloads.request_id
            and (later.last_seen_at, later.last_sighting_id) > (payloads.last_seen_at, payloads.last_sighting_id)
    ) as is_counting
from payloads
