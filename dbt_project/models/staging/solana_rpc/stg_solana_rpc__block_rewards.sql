{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        request,
        payload
    from {{ source('staging_solana_rpc', 'get_block') }}
    where {{ in_scope('period_id') }}
),

answers as (
    select
        source.payload_id,
        source.chain_id,
        source.provider,
        source.period_id,
        (parsed.request #>> '{body,params,0}')::bigint as slot,
        parsed.body -> 'result' as block,
        (parsed.body #>> '{error,code}')::bigint as error_code
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
    answers.slot,
    answers.error_code is null as is_block,
    answers.error_code,
    to_timestamp((answers.block ->> 'blockTime')::bigint) as block_time,
    entry.reward ->> 'pubkey' as reward_pubkey,
    entry.reward ->> 'rewardType' as reward_type,
    (entry.reward ->> 'lamports')::numeric(38, 0) as reward_lamports
from answers
-- An answer without entries (an empty block, a skipped slot) is one row with entry 0.
left join lateral jsonb_array_elements(
    case when jsonb_typeof(answers.block -> 'rewards') = 'array' then answers.block -> 'rewards' else '[]'::jsonb end
) with ordinality as entry (reward, entry_number) on true
