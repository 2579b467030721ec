{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        request::jsonb as request,
        {{ as_jsonb('payload') }} as body
    from {{ source('staging_jito', 'validator_rewards') }}
    where {{ in_scope('period_id') }}
)

select
    source.payload_id,
    coalesce(entry.entry_number, 0)::bigint as entry_number,
    source.chain_id,
    source.provider,
    source.period_id,
    (source.request #>> '{params,page}')::bigint as page,
    (source.request #>> '{params,limit}')::bigint as page_limit,
    (source.body ->> 'total_count')::bigint as total_count,
    jsonb_array_length(source.body -> 'rewards')::bigint as row_count,
    entry.reward ->> 'vote_account' as vote_account,
    (entry.reward ->> 'mev_revenue')::numeric(38, 0) as mev_revenue_lamports,
    (entry.reward ->> 'mev_commission')::bigint as mev_commission_bps,
    (entry.reward ->> 'priority_fee_revenue')::numeric(38, 0) as priority_fee_revenue_lamports
from source
-- A page without rows is one row with entry 0: an answer all the same.
left join lateral jsonb_array_elements(source.body -> 'rewards') with ordinality as entry (reward, entry_number) on true
where source.body is not null
