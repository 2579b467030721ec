{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(source('staging_beaconchain', 'block_rewards')) }}
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
