{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(source('staging_beacon_node', 'block_rewards')) }}
)

select
    payload_id,
    chain_id,
    provider,
    period_id,
    substring(request ->> 'path' from '/blocks/([0-9]{1,18})$')::bigint as slot,
    (body #>> '{data,proposer_index}')::bigint as proposer_index,
    {{ gwei_to_wei("body #>> '{data,total}'") }} as proposal_wei
from answers
