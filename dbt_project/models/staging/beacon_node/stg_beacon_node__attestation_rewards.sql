{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        request,
        payload
    from {{ source('staging_beacon_node', 'attestation_rewards') }}
    where {{ in_scope('period_id') }}
),

answers as (
    select
        source.payload_id,
        source.chain_id,
        source.provider,
        source.period_id,
        parsed.request,
        parsed.body #> '{data,total_rewards}' as total_rewards
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
    coalesce(entry.entry_number, 0)::bigint as entry_number,
    answers.chain_id,
    answers.provider,
    answers.period_id,
    substring(answers.request ->> 'path' from '/attestations/([0-9]{1,18})$')::bigint as epoch,
    answers.request -> 'body' as asked_validators,
    (entry.reward ->> 'validator_index')::bigint as validator_index,
    (
        {{ gwei_to_wei("entry.reward ->> 'head'") }}
        + {{ gwei_to_wei("entry.reward ->> 'target'") }}
        + {{ gwei_to_wei("entry.reward ->> 'source'") }}
        + {{ gwei_to_wei("entry.reward ->> 'inactivity'") }}
        + coalesce({{ gwei_to_wei("entry.reward ->> 'inclusion_delay'") }}, 0)
    )::numeric(38, 0) as attestation_wei,
    (entry.reward ->> 'source')::numeric < 0 as is_attestation_missed
from answers
-- An answer about nobody is one row with entry 0.
left join lateral (
    select
        total.reward,
        total.entry_number
    from jsonb_array_elements(answers.total_rewards) with ordinality as total (reward, entry_number)
) as entry on true
