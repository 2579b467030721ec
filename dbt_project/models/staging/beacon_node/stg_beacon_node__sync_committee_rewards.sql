{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        http_status,
        request,
        payload
    from {{ source('staging_beacon_node', 'sync_committee_rewards') }}
    where {{ in_scope('period_id') }}
),

answers as (
    select
        source.payload_id,
        source.chain_id,
        source.provider,
        source.period_id,
        source.http_status,
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
