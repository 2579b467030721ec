{{ config(materialized='table') }}

with counting_registry as (
    select payload_id
    from {{ ref('stg_ops__payload_sightings') }}
    where period_id = 0 and endpoint = 'chains' and is_counting
)

select
    validators.chain_id::text as chain_id,
    validators.validator_key::text as validator_key,
    validators.label::text as label,
    validators.validator_index::bigint as validator_index
from {{ ref('stg_registry__validators') }} as validators
inner join counting_registry on validators.payload_id = counting_registry.payload_id
