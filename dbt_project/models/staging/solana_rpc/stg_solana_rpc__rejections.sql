{{ config(indexes=[{'columns': ['period_id']}]) }}

select
    payload_id,
    run_id,
    chain_id,
    provider,
    endpoint,
    period_id,
    error_kind,
    reason,
    fetched_at
from {{ source('staging_solana_rpc', '_rejected') }}
where {{ in_scope('period_id') }}
