{{ config(alias='chains') }}

select
    chain_id,
    chain_name,
    native_unit,
    base_unit,
    native_decimals,
    period_type
from {{ ref('chains') }}
