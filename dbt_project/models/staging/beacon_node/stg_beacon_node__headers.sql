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
    from {{ source('staging_beacon_node', 'headers') }}
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
    coalesce(
        (body #>> '{data,header,message,slot}')::bigint,
        substring(request ->> 'path' from '/headers/([0-9]{1,18})$')::bigint
    ) as slot,
    http_status = 200 as is_block,
    (body #>> '{data,header,message,proposer_index}')::bigint as proposer_index
from answers
