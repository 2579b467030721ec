{{ config(indexes=[{'columns': ['period_id']}]) }}

-- The commission observed as the vote account's own inflation reward: of the providers asked, the first in priority.
select distinct on (cells.chain_id, cells.period_id, cells.validator_key)
    cells.chain_id,
    cells.period_id,
    cells.validator_key,
    rewards.provider,
    rewards.payload_id,
    rewards.has_reward,
    rewards.reward_lamports as commission_lamports,
    rewards.commission_bps
from {{ ref('int_validator_periods') }} as cells
inner join {{ ref('int_solana__inflation_rewards') }} as rewards
    on
        cells.chain_id = rewards.chain_id
        and cells.period_id = rewards.period_id
        and cells.validator_key = rewards.address
inner join {{ ref('chain_provider_mappings') }} as mappings
    on
        rewards.chain_id = mappings.chain_id
        and rewards.provider = mappings.provider
        and mappings.data_type = 'REWARDS'
        and mappings.role in ('primary', 'fallback')
where {{ in_scope('cells.period_id') }} and {{ in_scope('rewards.period_id') }}
order by cells.chain_id, cells.period_id, cells.validator_key, mappings.priority, rewards.provider collate "C"
