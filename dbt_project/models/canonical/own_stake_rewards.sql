{{ config(indexes=[{'columns': ['period_id']}]) }}

-- The inflation rewards of the operator's own stake accounts, whichever list they appear in; null until answered.
with answered_rewards as (
    select distinct on (rewards.chain_id, rewards.period_id, rewards.address)
        rewards.chain_id,
        rewards.period_id,
        rewards.address,
        rewards.reward_lamports,
        rewards.provider
    from {{ ref('int_solana__inflation_rewards') }} as rewards
    inner join {{ ref('chain_provider_mappings') }} as mappings
        on
            rewards.chain_id = mappings.chain_id
            and rewards.provider = mappings.provider
            and mappings.data_type = 'REWARDS'
            and mappings.role in ('primary', 'fallback')
    where {{ in_scope('rewards.period_id') }}
    order by rewards.chain_id, rewards.period_id, rewards.address, mappings.priority, rewards.provider collate "C"
)

select
    own.chain_id::text as chain_id,
    answered_rewards.period_id::bigint as period_id,
    own.validator_key::text as validator_key,
    own.staker_key::text as staker_key,
    {{ to_native('answered_rewards.reward_lamports', 'chains.native_decimals') }} as rewards_native,
    answered_rewards.provider::text as source_provider
from {{ ref('own_stake_accounts') }} as own
inner join answered_rewards
    on own.chain_id = answered_rewards.chain_id and own.staker_key = answered_rewards.address
inner join {{ ref('chains') }} as chains on own.chain_id = chains.chain_id
