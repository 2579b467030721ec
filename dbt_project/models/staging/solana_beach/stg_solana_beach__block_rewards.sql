{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(
        source('staging_solana_beach', 'block_rewards_history'),
        ['validator_key'],
        parts={
            'histories': "-> 'history'",
        }
    ) }}
)

select
    answers.payload_id,
    coalesce(entry.entry_number, 0)::bigint as entry_number,
    answers.chain_id,
    answers.provider,
    answers.period_id,
    answers.validator_key,
    substring(answers.request ->> 'path' from 'validator/([1-9A-HJ-NP-Za-km-z]{32,44})/') as node_pubkey,
    (entry.history ->> 'epoch')::bigint as epoch,
    (entry.history ->> 'blocks')::bigint as block_count,
    (entry.history ->> 'fees')::numeric(38, 0) as fee_lamports
from answers
-- A page without rows is one row with entry 0: an answer all the same.
left join lateral jsonb_array_elements(answers.histories) with ordinality as entry (history, entry_number) on true
