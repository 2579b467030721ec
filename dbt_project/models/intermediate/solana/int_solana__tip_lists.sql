-- Whether an epoch's list of tip distribution accounts is in: all pages, and tips above zero. Before the tree is up
-- every row reports 0, which means not yet.
with counting_payloads as (
    select payload_id
    from {{ ref('stg_ops__payload_sightings') }}
    where {{ in_scope('period_id') }} and is_counting and endpoint = 'validator_rewards'
),

rewards as (
    select
        rewards.chain_id,
        rewards.period_id,
        rewards.provider,
        rewards.page,
        rewards.page_limit,
        rewards.total_count,
        rewards.row_count,
        rewards.vote_account,
        rewards.mev_revenue_lamports
    from {{ ref('stg_jito__validator_rewards') }} as rewards
    inner join counting_payloads on rewards.payload_id = counting_payloads.payload_id
    where {{ in_scope('rewards.period_id') }}
)

select
    chain_id,
    period_id,
    provider,
    (
        coalesce(sum(mev_revenue_lamports), 0) > 0
        and count(distinct page) = max(page)
        and case
            when max(total_count) > 0 then count(distinct vote_account) >= max(total_count)
            -- Without a total, only a page shorter than its limit says that nothing follows.
            else bool_or(row_count < page_limit)
        end
    ) as is_complete
from rewards
group by chain_id, period_id, provider
