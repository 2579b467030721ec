{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        validator_key,
        request::jsonb as request,
        {{ as_jsonb('payload') }} as body
    from {{ source('staging_jito', 'staker_rewards') }}
    where {{ in_scope('period_id') }}
)

select
    source.payload_id,
    coalesce(entry.entry_number, 0)::bigint as entry_number,
    source.chain_id,
    source.provider,
    source.period_id,
    source.validator_key,
    (source.request #>> '{params,page}')::bigint as page,
    (source.request #>> '{params,limit}')::bigint as page_limit,
    jsonb_array_length(source.body -> 'rewards')::bigint as row_count,
    entry.reward ->> 'claimant' as claimant,
    entry.reward ->> 'stake_authority' as stake_authority,
    entry.reward ->> 'withdraw_authority' as withdraw_authority,
    (entry.reward ->> 'amount')::numeric(38, 0) as reward_lamports
from source
left join lateral jsonb_array_elements(source.body -> 'rewards') with ordinality as entry (reward, entry_number) on true
where source.body is not null
