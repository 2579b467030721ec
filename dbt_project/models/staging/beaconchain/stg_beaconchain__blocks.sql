{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        request,
        payload
    from {{ source('staging_beaconchain', 'block') }}
    where {{ in_scope('period_id') }}
),

answers as (
    select
        source.payload_id,
        source.chain_id,
        source.provider,
        source.period_id,
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
    (body #>> '{data,block}')::bigint as block_number,
    (body #>> '{data,consensus_reference,slot}')::bigint as slot,
    lower(body #>> '{data,hash}') as block_hash,
    body #>> '{data,finality}' = 'finalized' as is_finalized
from answers
