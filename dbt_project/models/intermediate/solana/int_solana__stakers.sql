{{ config(indexes=[{'columns': ['period_id']}]) }}

-- The stake accounts of a validator in an epoch: its own list of the epoch; without one, Jito's claimants of the epoch,
-- later lists whose delegation was active in it, and the operator's own accounts. A later list tells who, never how
-- much.
with listed as (
    select
        delegations.chain_id,
        delegations.period_id,
        delegations.validator_key,
        delegations.stake_pubkey,
        delegations.withdrawer_pubkey,
        delegations.stake_lamports as active_stake_lamports,
        'OWN_LIST' as known_from
    from {{ ref('int_solana__delegations') }} as delegations
    where {{ in_scope('delegations.period_id') }} and delegations.is_active
),

unlisted_cells as (
    select
        cells.chain_id,
        cells.period_id,
        cells.validator_key
    from {{ ref('int_validator_periods') }} as cells
    left join {{ ref('int_solana__stake_lists') }} as lists
        on
            cells.chain_id = lists.chain_id
            and cells.period_id = lists.period_id
            and cells.validator_key = lists.validator_key
            and {{ in_scope('lists.period_id') }}
    where {{ in_scope('cells.period_id') }} and lists.validator_key is null
),

later_delegations as (
    select distinct on (unlisted_cells.chain_id, unlisted_cells.period_id, delegations.stake_pubkey)
        unlisted_cells.chain_id,
        unlisted_cells.period_id,
        unlisted_cells.validator_key,
        delegations.stake_pubkey,
        delegations.withdrawer_pubkey
    from unlisted_cells
    inner join {{ ref('int_solana__delegations') }} as delegations
        on
            unlisted_cells.chain_id = delegations.chain_id
            and unlisted_cells.validator_key = delegations.validator_key
            and unlisted_cells.period_id < delegations.period_id
            and unlisted_cells.period_id > delegations.activation_epoch
            and unlisted_cells.period_id <= delegations.deactivation_epoch
    order by
        unlisted_cells.chain_id,
        unlisted_cells.period_id,
        delegations.stake_pubkey,
        delegations.period_id
),

unlisted as (
    select
        claimants.chain_id,
        claimants.period_id,
        claimants.validator_key,
        claimants.stake_pubkey,
        claimants.withdrawer_pubkey,
        'JITO_CLAIMANT' as known_from,
        1 as known_rank
    from {{ ref('int_solana__claimants') }} as claimants
    inner join unlisted_cells
        on
            claimants.chain_id = unlisted_cells.chain_id
            and claimants.period_id = unlisted_cells.period_id
            and claimants.validator_key = unlisted_cells.validator_key
    where {{ in_scope('claimants.period_id') }}
    union all
    select
        chain_id,
        period_id,
        validator_key,
        stake_pubkey,
        withdrawer_pubkey,
        'LATER_LIST' as known_from,
        2 as known_rank
    from later_delegations
    union all
    select
        unlisted_cells.chain_id,
        unlisted_cells.period_id,
        unlisted_cells.validator_key,
        own.staker_key as stake_pubkey,
        null::text as withdrawer_pubkey,
        'REGISTRY' as known_from,
        3 as known_rank
    from unlisted_cells
    inner join {{ ref('own_stake_accounts') }} as own
        on unlisted_cells.chain_id = own.chain_id and unlisted_cells.validator_key = own.validator_key
),

unlisted_once as (
    select distinct on (chain_id, period_id, stake_pubkey)
        chain_id,
        period_id,
        validator_key,
        stake_pubkey,
        withdrawer_pubkey,
        known_from
    from unlisted
    order by chain_id, period_id, stake_pubkey, known_rank, validator_key collate "C"
),

stakers as (
    select
        chain_id,
        period_id,
        validator_key,
        stake_pubkey,
        withdrawer_pubkey,
        active_stake_lamports,
        known_from
    from listed
    union all
    select
        chain_id,
        period_id,
        validator_key,
        stake_pubkey,
        withdrawer_pubkey,
        null::numeric(38, 0) as active_stake_lamports,
        known_from
    from unlisted_once
)

select
    stakers.chain_id,
    stakers.period_id,
    stakers.validator_key,
    stakers.stake_pubkey,
    stakers.withdrawer_pubkey,
    stakers.active_stake_lamports,
    stakers.known_from,
    rewards.provider,
    rewards.payload_id,
    -- Null where the account's reward is not answered.
    rewards.reward_lamports
from stakers
left join (
    select distinct on (inflation.chain_id, inflation.period_id, inflation.address)
        inflation.chain_id,
        inflation.period_id,
        inflation.address,
        inflation.provider,
        inflation.payload_id,
        inflation.reward_lamports
    from {{ ref('int_solana__inflation_rewards') }} as inflation
    inner join {{ ref('chain_provider_mappings') }} as mappings
        on
            inflation.chain_id = mappings.chain_id
            and inflation.provider = mappings.provider
            and mappings.data_type = 'REWARDS'
            and mappings.role in ('primary', 'fallback')
    where {{ in_scope('inflation.period_id') }}
    order by
        inflation.chain_id,
        inflation.period_id,
        inflation.address,
        mappings.priority,
        inflation.provider collate "C"
) as rewards
    on
        stakers.chain_id = rewards.chain_id
        and stakers.period_id = rewards.period_id
        and stakers.stake_pubkey = rewards.address
