{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        request,
        payload
    from {{ source('staging_beaconchain', 'block_rewards') }}
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
    coalesce((request #>> '{body,block,number}')::bigint, (body #>> '{data,execution_reference,block}')::bigint)
        as block_number,
    lower(body #>> '{data,execution_reference,hash}') as block_hash,
    (body #>> '{data,consensus_reference,slot}')::bigint as slot,
    (body #>> '{data,priority_fees,amount}')::numeric(38, 0) as priority_fees_wei,
    lower(body #>> '{data,priority_fees,recipient,address}') as fee_recipient,
    jsonb_typeof(body #> '{data,mev}') = 'object' as has_relay,
    (body #>> '{data,mev,amount}')::numeric(38, 0) as mev_wei,
    lower(body #>> '{data,mev,recipient,address}') as mev_recipient,
    body #>> '{data,finality}' = 'finalized' as is_finalized
from answers
