{{ config(indexes=[{'columns': ['period_id']}]) }}

-- Reward entries of types that nobody knows yet: kept, reported, and credited where the pubkey is a validator's.
with counting_payloads as (
    select payload_id
    from {{ ref('stg_ops__payload_sightings') }}
    where {{ in_scope('period_id') }} and is_counting and endpoint = 'get_block'
),

entries as (
    -- Several providers may have been asked for the same block: its entries count once.
    select distinct on (rewards.chain_id, rewards.slot, rewards.entry_number)
        rewards.chain_id,
        rewards.period_id,
        rewards.slot,
        rewards.entry_number,
        rewards.payload_id,
        rewards.provider,
        rewards.reward_pubkey,
        coalesce(rewards.reward_type, 'null') as reward_type,
        rewards.reward_lamports
    from {{ ref('stg_solana_rpc__block_rewards') }} as rewards
    inner join counting_payloads on rewards.payload_id = counting_payloads.payload_id
    left join {{ ref('chain_provider_mappings') }} as mappings
        on
            rewards.chain_id = mappings.chain_id
            and rewards.provider = mappings.provider
            and mappings.data_type = 'FEES'
    where
        {{ in_scope('rewards.period_id') }}
        and rewards.entry_number > 0
        and coalesce(rewards.reward_type, 'null') not in ('Fee', 'Rent', 'Voting', 'Staking', 'DeactivatedStake')
    order by
        rewards.chain_id,
        rewards.slot,
        rewards.entry_number,
        mappings.priority nulls last,
        rewards.payload_id collate "C"
)

select
    entries.chain_id,
    entries.period_id,
    entries.slot,
    entries.entry_number,
    entries.payload_id,
    entries.provider,
    entries.reward_pubkey,
    entries.reward_type,
    entries.reward_lamports,
    coalesce(vote_accounts.validator_key, leaders.validator_key, own.validator_key) as validator_key
from entries
left join {{ ref('validators') }} as vote_accounts
    on entries.chain_id = vote_accounts.chain_id and entries.reward_pubkey = vote_accounts.validator_key
left join {{ ref('int_solana__leader_slots') }} as leaders
    on
        entries.chain_id = leaders.chain_id
        and entries.period_id = leaders.period_id
        and entries.slot = leaders.slot
        and entries.reward_pubkey = leaders.leader_identity
        and {{ in_scope('leaders.period_id') }}
left join {{ ref('own_stake_accounts') }} as own
    on entries.chain_id = own.chain_id and entries.reward_pubkey = own.staker_key
