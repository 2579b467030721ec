{{ config(materialized='view') }}

select
    source.payload_id,
    entry.validator ->> 'chain_id' as chain_id,
    entry.validator ->> 'validator_key' as validator_key,
    entry.validator ->> 'label' as label,
    (entry.validator ->> 'validator_index')::bigint as validator_index
from {{ source('staging_registry', 'chains') }} as source
cross join lateral jsonb_array_elements(source.payload::jsonb -> 'validators') as entry (validator)
