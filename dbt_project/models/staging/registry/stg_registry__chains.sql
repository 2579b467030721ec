{{ config(materialized='view') }}

select
    source.payload_id,
    entry.chain ->> 'chain_id' as chain_id,
    entry.chain ->> 'name' as chain_name,
    entry.chain ->> 'native_unit' as native_unit,
    entry.chain ->> 'base_unit' as base_unit,
    (entry.chain ->> 'native_decimals')::integer as native_decimals,
    entry.chain ->> 'period_type' as period_type,
    (entry.chain ->> 'finality_lag')::bigint as finality_lag,
    (entry.chain ->> 'slots_per_epoch')::bigint as slots_per_epoch,
    (entry.chain ->> 'seconds_per_slot')::bigint as seconds_per_slot,
    (entry.chain ->> 'genesis_at')::timestamptz as genesis_at,
    (entry.chain ->> 'tracks_all_validators')::boolean as tracks_all_validators
from {{ source('staging_registry', 'chains') }} as source
cross join lateral jsonb_array_elements(source.payload::jsonb -> 'chains') as entry (chain)
