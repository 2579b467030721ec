{{ config(materialized='view') }}

-- Since when each answer that counts does: since it was first seen, or, where it came back after a later answer to the
-- same request, since it was seen again.
with sightings as (
    select
        payload_id,
        chain_id,
        period_id,
        is_counting,
        first_seen_at,
        last_seen_at,
        max(first_seen_at) over (
            partition by chain_id, period_id, provider, endpoint, request_id
        ) as latest_first_seen_at
    from {{ ref('stg_ops__payload_sightings') }}
)

select
    payload_id,
    chain_id,
    period_id,
    case when first_seen_at < latest_first_seen_at then last_seen_at else first_seen_at end as counts_since_at
from sightings
where is_counting
