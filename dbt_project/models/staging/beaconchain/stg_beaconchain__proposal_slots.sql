{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(source('staging_beaconchain', 'proposal_slots')) }}
)

select
    answers.payload_id,
    coalesce(entry.entry_number, 0)::bigint as entry_number,
    answers.chain_id,
    answers.provider,
    answers.period_id,
    answers.request #> '{body,validator,validator_identifiers}' as asked_validators,
    coalesce(answers.request #>> '{body,cursor}', '') as page_cursor,
    coalesce(answers.body #>> '{paging,next_cursor}', '') as next_cursor,
    (answers.body #>> '{range,slot,end}')::bigint as range_last_slot,
    lower(entry.proposal #>> '{validator,public_key}') as validator_key,
    (entry.proposal ->> 'slot')::bigint as slot,
    (entry.proposal ->> 'block')::bigint as block_number,
    entry.proposal ->> 'finality' = 'finalized' as is_finalized
from answers
-- A page without rows is one row with entry 0: an answer all the same.
left join lateral jsonb_array_elements(answers.body -> 'data') with ordinality as entry (proposal, entry_number) on true
