{{ config(materialized='table') }}

with counting_registry as (
    select payload_id
    from {{ ref('stg_ops__payload_sightings') }}
    where period_id = 0 and endpoint = 'chains' and is_counting
)

select
    parameters.chain_id::text as chain_id,
    parameters.parameter_name::text as parameter_name,
    parameters.from_period::bigint as from_period,
    (lead(parameters.from_period) over (
        partition by parameters.chain_id, parameters.parameter_name
        order by parameters.from_period
    ))::bigint as until_period,
    parameters.parameter_value::bigint as parameter_value
from {{ ref('stg_registry__chain_parameters') }} as parameters
inner join counting_registry on parameters.payload_id = counting_registry.payload_id
