{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        request,
        payload
    from {{ source('staging_beacon_node', 'validator_balances') }}
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
    substring(answers.request ->> 'path' from '/states/([0-9]{1,18})/')::bigint as slot,
    (entry.holding ->> 'index')::bigint as validator_index,
    {{ gwei_to_wei("entry.holding ->> 'balance'") }} as balance_wei
from answers
cross join lateral jsonb_array_elements(answers.body -> 'data') with ordinality as entry (holding, entry_number)
