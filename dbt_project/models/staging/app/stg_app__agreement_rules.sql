{{ config(materialized='view') }}

select
    version_id::text as version_id,
    rule_number,
    rule_key,
    rule_order,
    chain_id,
    validator_key,
    revenue_component,
    attribution_method,
    base_source,
    commission_rate_bps,
    tier_mode,
    tier_basis,
    floor_amount_native,
    cap_amount_native
from {{ source('app', 'agreement_rules') }}
