{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(source('staging_beaconchain', 'rewards_list')) }}
)

select
    answers.payload_id,
    coalesce(entry.entry_number, 0)::bigint as entry_number,
    answers.chain_id,
    answers.provider,
    answers.period_id,
    (answers.request #>> '{body,epoch}')::bigint as epoch,
    answers.request #> '{body,validator,validator_identifiers}' as asked_validators,
    lower(entry.reward #>> '{validator,public_key}') as validator_key,
    (entry.reward #>> '{attestation,total}')::numeric(38, 0) as attestation_wei,
    (entry.reward #>> '{sync_committee,total}')::numeric(38, 0) as sync_committee_wei,
    -- The proposal's total, and with it the whole, includes what the execution layer paid.
    (
        (entry.reward #>> '{proposal,total}')::numeric - (entry.reward #>> '{proposal,execution_layer_reward}')::numeric
    )::numeric(38, 0) as proposal_wei,
    (
        (entry.reward ->> 'total')::numeric - (entry.reward #>> '{proposal,execution_layer_reward}')::numeric
    )::numeric(38, 0) as income_wei,
    (entry.reward #>> '{attestation,source,penalty}')::numeric(38, 0) <> 0 as is_attestation_missed
from answers
-- A page without rows is one row with entry 0: an answer all the same.
left join lateral jsonb_array_elements(answers.body -> 'data') with ordinality as entry (reward, entry_number) on true
