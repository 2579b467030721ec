{{ config(materialized='table') }}

with counting_registry as (
    select payload_id
    from {{ ref('stg_ops__payload_sightings') }}
    where period_id = 0 and endpoint = 'chains' and is_counting
)

select
    addresses.chain_id::text as chain_id,
    addresses.validator_key::text as validator_key,
    addresses.address_kind::text as address_kind,
    addresses.address::text as address,
    addresses.address_number::bigint as address_number
from {{ ref('stg_registry__validator_addresses') }} as addresses
inner join counting_registry on addresses.payload_id = counting_registry.payload_id
union all
select
    addresses.chain_id::text as chain_id,
    '*'::text as validator_key,
    'OPERATOR'::text as address_kind,
    addresses.address::text as address,
    1::bigint as address_number
from {{ ref('stg_registry__operator_addresses') }} as addresses
inner join counting_registry on addresses.payload_id = counting_registry.payload_id
