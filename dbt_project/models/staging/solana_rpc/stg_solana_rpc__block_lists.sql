{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        request::jsonb as request,
        {{ as_jsonb('payload') }} as body
    from {{ source('staging_solana_rpc', 'get_blocks') }}
    where {{ in_scope('period_id') }}
)

select
    payload_id,
    chain_id,
    provider,
    period_id,
    (request #>> '{body,params,0}')::bigint as from_slot,
    (request #>> '{body,params,1}')::bigint as to_slot,
    array(
        select block_slot.block_slot::bigint
        from jsonb_array_elements_text(source.body -> 'result') as block_slot (block_slot)
    ) as block_slots
from source
where body is not null
