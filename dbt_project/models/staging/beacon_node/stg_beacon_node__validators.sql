{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        request,
        payload
    from {{ source('staging_beacon_node', 'validators') }}
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
