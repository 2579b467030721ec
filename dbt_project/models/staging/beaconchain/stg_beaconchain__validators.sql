{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        request,
        payload
    from {{ source('staging_beaconchain', 'validators') }}
    where {{ in_scope('period_id') }}
),

answers as (
    select
        source.payload_id,
        source.chain_id,
        source.provider,
        source.period_id,
        parsed.request,
        parsed.body
    from source
    inner join lateral (
        select
            source.request::jsonb as request,
            {{ as_jsonb('source.payload') }} as body
        offset 0 -- noqa: PRS
    ) as parsed on true
    where parsed.body is not null
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
