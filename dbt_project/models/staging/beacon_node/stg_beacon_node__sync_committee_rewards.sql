{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(source('staging_beacon_node', 'sync_committee_rewards'), ['http_status']) }}
)

select
    answers.payload_id,
    coalesce(entry.entry_number, 0)::bigint as entry_number,
    answers.chain_id,
    answers.provider,
    answers.period_id,
    substring(answers.request ->> 'path' from '/sync_committee/([0-9]{1,18})$')::bigint as slot,
    answers.http_status = 200 as is_block,
    answers.request -> 'body' as asked_validators,
    (entry.reward ->> 'validator_index')::bigint as validator_index,
    {{ gwei_to_wei("entry.reward ->> 'reward'") }} as sync_committee_wei
from answers
-- A slot without a block, or an answer about nobody, is one row with entry 0. One validator can have several rows.
left join lateral jsonb_array_elements(
    case when jsonb_typeof(answers.body -> 'data') = 'array' then answers.body -> 'data' end
) with ordinality as entry (reward, entry_number) on true
