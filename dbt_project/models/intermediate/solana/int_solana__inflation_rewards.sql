{{ config(indexes=[{'columns': ['period_id']}]) }}

-- The inflation reward of each address that was asked for, by provider: of several requests that name the address,
-- the one last seen counts.
with counting_payloads as (
    select
        payload_id,
        last_seen_at
    from {{ ref('stg_ops__payload_sightings') }}
    where {{ in_scope('period_id') }} and is_counting and endpoint = 'get_inflation_reward'
)

select distinct on (rewards.chain_id, rewards.period_id, rewards.provider, rewards.address)
    rewards.chain_id,
    rewards.period_id,
    rewards.provider,
    rewards.address,
    rewards.payload_id,
    -- Vote accounts are asked for together, stake accounts by validator.
    rewards.validator_key is null as is_vote_account,
    rewards.has_reward,
    -- No entry is a real zero: the address had no reward in the epoch.
    coalesce(rewards.reward_lamports, 0)::numeric(38, 0) as reward_lamports,
    rewards.commission_bps
from {{ ref('stg_solana_rpc__inflation_rewards') }} as rewards
inner join counting_payloads on rewards.payload_id = counting_payloads.payload_id
where {{ in_scope('rewards.period_id') }}
order by
    rewards.chain_id,
    rewards.period_id,
    rewards.provider,
    rewards.address,
    counting_payloads.last_seen_at desc,
    rewards.payload_id collate "C"
