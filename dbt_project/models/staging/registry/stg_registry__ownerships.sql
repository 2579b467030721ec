{{ config(materialized='view') }}

select
    source.payload_id,
    entry.validator ->> 'chain_id' as chain_id,
    entry.validator ->> 'validator_key' as validator_key,
    span.span_number,
    (span.ownership ->> 'effective_from')::timestamptz as effective_from,
    (span.ownership ->> 'effective_until')::timestamptz as effective_until,
    span.ownership ->> 'owner' as owner,
    (span.ownership ->> 'fee_bps')::integer as fee_bps,
    (span.ownership ->> 'execution_fee_bps')::integer as execution_fee_bps
from {{ source('staging_registry', 'chains') }} as source
cross join lateral jsonb_array_elements(source.payload::jsonb -> 'validators') as entry (validator)
cross join lateral jsonb_array_elements(entry.validator -> 'ownership') with ordinality as span (ownership, span_number)
