{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(source('staging_beaconchain', 'block')) }}
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
