{{ config(alias='periods') }}

select
    chain_id,
    period_id,
    period_type,
    starts_at,
    ends_at,
    is_finalized,
    finalized_at
from {{ ref('periods') }}
