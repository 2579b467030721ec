{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(source('staging_beacon_node', 'day_validators')) }}
)

select
    answers.payload_id,
    entry.entry_number,
    answers.chain_id,
    answers.provider,
    answers.period_id,
    (entry.validator ->> 'index')::bigint as validator_index,
    lower(entry.validator #>> '{validator,pubkey}') as validator_key,
    (entry.validator #>> '{validator,slashed}')::boolean as is_slashed,
    entry.validator ->> 'status' as status,
    {{ withdrawal_address("entry.validator #>> '{validator,withdrawal_credentials}'") }} as withdrawal_address,
    {{ known_epoch("entry.validator #>> '{validator,activation_epoch}'") }} as activation_epoch,
    {{ known_epoch("entry.validator #>> '{validator,exit_epoch}'") }} as exit_epoch,
    {{ known_epoch("entry.validator #>> '{validator,withdrawable_epoch}'") }} as withdrawable_epoch,
    {{ gwei_to_wei("entry.validator ->> 'balance'") }} as balance_wei,
    {{ gwei_to_wei("entry.validator #>> '{validator,effective_balance}'") }} as effective_balance_wei
from answers
cross join lateral jsonb_array_elements(answers.body -> 'data') with ordinality as entry (validator, entry_number)
