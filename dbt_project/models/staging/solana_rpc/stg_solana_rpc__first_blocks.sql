{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        request::jsonb as request,
        {{ as_jsonb('payload') }} as body
    from {{ source('staging_solana_rpc', 'get_blocks_with_limit') }}
    where {{ in_scope('period_id') }}
)

select
    payload_id,
    chain_id,
    provider,
    period_id,
    (request #>> '{body,params,0}')::bigint as from_slot,
    (body #>> '{result,0}')::bigint as first_block_slot
from source
where body is not null
