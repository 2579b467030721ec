{{ config(materialized='view') }}

select
    version_id::text as version_id,
    rule_number,
    from_native,
    commission_rate_bps
from {{ source('app', 'agreement_rule_tiers') }}
