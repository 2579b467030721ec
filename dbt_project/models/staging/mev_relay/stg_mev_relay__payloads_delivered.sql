{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(source('staging_mev_relay', 'proposer_payload_delivered')) }}
)

select
    answers.payload_id,
    coalesce(entry.entry_number, 0)::bigint as entry_number,
    answers.chain_id,
    answers.provider,
    answers.period_id,
    answers.request ->> 'host' as relay_host,
    (answers.request #>> '{params,slot}')::bigint as slot,
    lower(entry.trace ->> 'block_hash') as block_hash,
    (entry.trace ->> 'block_number')::bigint as block_number,
    lower(entry.trace ->> 'proposer_pubkey') as validator_key,
    lower(entry.trace ->> 'proposer_fee_recipient') as proposer_fee_recipient,
    (entry.trace ->> 'value')::numeric(38, 0) as claimed_wei
from answers
-- An empty list is one row with entry 0: the relay delivered nothing in the slot.
left join lateral jsonb_array_elements(answers.body) with ordinality as entry (trace, entry_number) on true
