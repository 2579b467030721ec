{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(source('staging_beacon_node', 'finality_checkpoints')) }}
)

select
    payload_id,
    chain_id,
    provider,
    period_id,
    (body #>> '{data,finalized,epoch}')::bigint as finalized_epoch
from answers
