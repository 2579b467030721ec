{{ config(materialized='table') }}

with counting_registry as (
    select
        payload_id,
        first_seen_at
    from {{ ref('stg_ops__payload_sightings') }}
    where period_id = 0 and endpoint = 'chains' and is_counting
)

select
    chains.chain_id::text as chain_id,
    chains.chain_name::text as chain_name,
    chains.native_unit::text as native_unit,
    chains.base_unit::text as base_unit,
    chains.native_decimals::integer as native_decimals,
    chains.period_type::text as period_type,
    chains.finality_lag::bigint as finality_lag,
    chains.slots_per_epoch::bigint as slots_per_epoch,
    chains.seconds_per_slot::bigint as seconds_per_slot,
    chains.genesis_at::timestamptz as genesis_at,
    chains.tracks_all_validators::boolean as tracks_all_validators,
    counting_registry.first_seen_at::timestamptz as known_at
from {{ ref('stg_registry__chains') }} as chains
inner join counting_registry on chains.payload_id = counting_registry.payload_id
