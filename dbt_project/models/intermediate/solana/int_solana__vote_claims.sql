{{ config(indexes=[{'columns': ['period_id']}]) }}


-- What a vote account itself may claim of its epoch's tips.
select
    rewards.chain_id,
    rewards.period_id,
    rewards.provider,
    rewards.validator_key,
    -- A list that names it twice says the same thing twice.
    max(rewards.reward_lamports)::numeric(38, 0) as reward_lamports
from {{ ref('stg_jito__staker_rewards') }} as rewards
inner join {{ ref('stg_ops__payload_sightings') }} as sightings on rewards.payload_id = sightings.payload_id
where
    {{ in_scope('rewards.period_id') }}
    and {{ in_scope('sightings.period_id') }}
    and sightings.is_counting
    and rewards.claimant = rewards.validator_key
group by rewards.chain_id, rewards.period_id, rewards.provider, rewards.validator_key
