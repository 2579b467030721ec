{{ config(indexes=[{'columns': ['period_id']}]) }}

-- The tips of each vote account in an epoch's complete list; one that moved between two pages counts once.
with counting_payloads as (
    select
        payload_id,
        last_seen_at
    from {{ ref('stg_ops__payload_sightings') }}
    where {{ in_scope('period_id') }} and is_counting and endpoint = 'validator_rewards'
)

select distinct on (rewards.chain_id, rewards.period_id, rewards.provider, rewards.vote_account)
    rewards.chain_id,
    rewards.period_id,
    rewards.provider,
    rewards.vote_account as validator_key,
    rewards.payload_id,
    rewards.mev_revenue_lamports,
    rewards.mev_commission_bps,
    rewards.priority_fee_revenue_lamports
from {{ ref('stg_jito__validator_rewards') }} as rewards
inner join counting_payloads on rewards.payload_id = counting_payloads.payload_id
inner join {{ ref('int_solana__tip_lists') }} as lists
    on
        rewards.chain_id = lists.chain_id
        and rewards.period_id = lists.period_id
        and rewards.provider = lists.provider
where
    {{ in_scope('rewards.period_id') }}
    and {{ in_scope('lists.period_id') }}
    and lists.is_complete
    and rewards.vote_account is not null
order by
    rewards.chain_id,
    rewards.period_id,
    rewards.provider,
    rewards.vote_account,
    counting_payloads.last_seen_at desc,
    rewards.payload_id collate "C",
    rewards.entry_number
