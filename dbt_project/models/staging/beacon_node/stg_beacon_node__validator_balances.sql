{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(source('staging_beacon_node', 'validator_balances')) }}
)

select
    answers.payload_id,
    entry.entry_number,
    answers.chain_id,
    answers.provider,
    answers.period_id,
    substring(answers.request ->> 'path' from '/states/([0-9]{1,18})/')::bigint as slot,
    (entry.holding ->> 'index')::bigint as validator_index,
    {{ gwei_to_wei("entry.holding ->> 'balance'") }} as balance_wei
from answers
cross join lateral jsonb_array_elements(answers.body -> 'data') with ordinality as entry (holding, entry_number)
