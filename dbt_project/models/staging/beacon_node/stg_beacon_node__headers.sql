{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(source('staging_beacon_node', 'headers'), ['http_status']) }}
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
