{{ config(materialized='table') }}

with counting_registry as (
    select payload_id
    from {{ ref('stg_ops__payload_sightings') }}
    where period_id = 0 and endpoint = 'chains' and is_counting
)

select
    ownerships.chain_id::text as chain_id,
    ownerships.validator_key::text as validator_key,
    ownerships.span_number::bigint as span_number,
    ownerships.effective_from::timestamptz as effective_from,
    ownerships.effective_until::timestamptz as effective_until,
    ownerships.owner::text as owner,
    ownerships.fee_bps::integer as fee_bps,
    ownerships.execution_fee_bps::integer as execution_fee_bps
from {{ ref('stg_registry__ownerships') }} as ownerships
inner join counting_registry on ownerships.payload_id = counting_registry.payload_id
