{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        http_status,
        request,
        payload
    from {{ source('staging_beacon_node', 'blocks') }}
    where {{ in_scope('period_id') }}
),

answers as (
    select
        source.payload_id,
        source.chain_id,
        source.provider,
        source.period_id,
        source.http_status,
        parsed.request,
        parsed.body
    from source
    inner join lateral (
        select
            source.request::jsonb as request,
            {{ as_jsonb('source.payload') }} as body
        offset 0 -- noqa: PRS
    ) as parsed on true
    where parsed.body is not null
)

select
    payload_id,
    chain_id,
    provider,
    period_id,
    substring(request ->> 'path' from '/blocks/([0-9]{1,18})$')::bigint as slot,
    http_status = 200 as is_block,
    (body #>> '{data,message,proposer_index}')::bigint as proposer_index,
    (body #>> '{data,message,body,execution_payload,block_number}')::bigint as block_number,
    lower(body #>> '{data,message,body,execution_payload,block_hash}') as block_hash,
    lower(body #>> '{data,message,body,execution_payload,fee_recipient}') as fee_recipient
from answers
