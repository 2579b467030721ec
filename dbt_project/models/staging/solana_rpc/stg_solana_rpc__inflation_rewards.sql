{{ config(indexes=[{'columns': ['period_id']}, {'columns': ['address', 'period_id']}]) }}

-- The linter does not know `rows from`, and then misses the name it is given.
-- noqa: disable=RF01
with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        validator_key,
        request,
        payload
    from {{ source('staging_solana_rpc', 'get_inflation_reward') }}
    where {{ in_scope('period_id') }}
),

answers as (
    select
        source.payload_id,
        source.chain_id,
        source.provider,
        source.period_id,
        source.validator_key,
        parsed.request #> '{body,params,0}' as addresses,
        parsed.body -> 'result' as rewards
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
    answers.validator_key,
    entry.address,
    jsonb_typeof(entry.reward) = 'object' as has_reward,
    (entry.reward ->> 'amount')::numeric(38, 0) as reward_lamports,
    (entry.reward ->> 'postBalance')::numeric(38, 0) as post_balance_lamports,
    (entry.reward ->> 'effectiveSlot')::bigint as effective_slot,
    -- The percent field is derived and cut off; where both are there, basis points speak.
    coalesce(
        (entry.reward ->> 'commissionBps')::bigint,
        (entry.reward ->> 'commission')::bigint * 100
    ) as commission_bps
from answers
cross join lateral rows from ( -- noqa: PRS
    jsonb_array_elements_text(answers.addresses),
    jsonb_array_elements(answers.rewards)
) with ordinality as entry (address, reward, entry_number)
