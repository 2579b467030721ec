{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(source('staging_beacon_node', 'proposer_duties')) }}
)

select
    answers.payload_id,
    entry.entry_number,
    answers.chain_id,
    answers.provider,
    answers.period_id,
    substring(answers.request ->> 'path' from '/proposer/([0-9]{1,18})$')::bigint as epoch,
    (entry.duty ->> 'slot')::bigint as slot,
    lower(entry.duty ->> 'pubkey') as validator_key
from answers
cross join lateral jsonb_array_elements(answers.body -> 'data') with ordinality as entry (duty, entry_number)
