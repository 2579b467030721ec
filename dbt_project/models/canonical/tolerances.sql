{{ config(materialized='table') }}

with counting_registry as (
    select payload_id
    from {{ ref('stg_ops__payload_sightings') }}
    where period_id = 0 and endpoint = 'mappings' and is_counting
)

select
    tolerances.chain_id::text as chain_id,
    tolerances.metric::text as metric,
    tolerances.abs_tolerance_native::numeric(38, 18) as abs_tolerance_native,
    tolerances.rel_tolerance_bps::integer as rel_tolerance_bps
from {{ ref('stg_registry__tolerances') }} as tolerances
inner join counting_registry on tolerances.payload_id = counting_registry.payload_id
