{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(source('staging_beacon_node', 'blocks'), ['http_status']) }}
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
