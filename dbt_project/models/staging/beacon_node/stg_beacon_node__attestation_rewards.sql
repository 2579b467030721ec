{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(
        source('staging_beacon_node', 'attestation_rewards'),
        parts={
            'total_rewards': "#> '{data,total_rewards}'",
        }
    ) }}
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
