{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(source('staging_beaconchain', 'validators')) }}
)

select
    answers.payload_id,
    entry.entry_number,
    answers.chain_id,
    answers.provider,
    answers.period_id,
    (answers.body #>> '{range,epoch,end}')::bigint as range_last_epoch,
    (entry.validator #>> '{validator,index}')::bigint as validator_index,
    lower(entry.validator #>> '{validator,public_key}') as validator_key,
    (entry.validator ->> 'slashed')::boolean as is_slashed,
    entry.validator ->> 'status' as status,
    lower(entry.validator #>> '{withdrawal_credentials,address}') as withdrawal_address,
    (entry.validator #>> '{life_cycle_epochs,activation}')::bigint as activation_epoch,
    (entry.validator #>> '{life_cycle_epochs,exit}')::bigint as exit_epoch,
    (entry.validator #>> '{life_cycle_epochs,withdrawable}')::bigint as withdrawable_epoch,
    (entry.validator #>> '{balances,current}')::numeric(38, 0) as balance_wei,
    (entry.validator #>> '{balances,effective}')::numeric(38, 0) as effective_balance_wei
from answers
cross join lateral jsonb_array_elements(answers.body -> 'data') with ordinality as entry (validator, entry_number)
