{{ config(indexes=[{'columns': ['period_id']}]) }}

-- What each slot paid its leader, by provider: a block's fee entries, or nothing where the chain says twice that there
-- is no block. A block without a fee entry is a real zero: no fees, or burned.
with counting_payloads as (
    select payload_id
    from {{ ref('stg_ops__payload_sightings') }}
    where {{ in_scope('period_id') }} and is_counting and endpoint in ('get_block', 'get_blocks')
),

slots as (
    select
        rewards.chain_id,
        rewards.period_id,
        rewards.provider,
        rewards.slot,
        bool_and(rewards.is_block) as is_block,
        coalesce(sum(rewards.reward_lamports) filter (where rewards.reward_type = 'Fee'), 0) as fee_lamports,
        count(*) filter (where rewards.reward_type = 'Fee') as fee_count
    from {{ ref('stg_solana_rpc__block_rewards') }} as rewards
    inner join counting_payloads on rewards.payload_id = counting_payloads.payload_id
    where {{ in_scope('rewards.period_id') }}
    group by rewards.chain_id, rewards.period_id, rewards.provider, rewards.slot
),

block_lists as (
    select
        lists.chain_id,
        lists.period_id,
        lists.provider,
        lists.from_slot,
        lists.to_slot,
        lists.block_slots
    from {{ ref('stg_solana_rpc__block_lists') }} as lists
    inner join counting_payloads on lists.payload_id = counting_payloads.payload_id
    where {{ in_scope('lists.period_id') }}
),

listed_slots as (
    select distinct
        block_lists.chain_id,
        block_lists.provider,
        listed.slot
    from block_lists
    cross join lateral unnest(block_lists.block_slots) as listed (slot)
)

select
    slots.chain_id,
    slots.period_id,
    slots.provider,
    slots.slot,
    slots.is_block,
    slots.fee_lamports::numeric(38, 0) as fee_lamports,
    slots.fee_count
from slots
left join listed_slots
    on
        not slots.is_block
        and slots.chain_id = listed_slots.chain_id
        and slots.provider = listed_slots.provider
        and slots.slot = listed_slots.slot
where
    slots.is_block
    or (
        listed_slots.slot is null
        and exists (
            select 1
            from block_lists
            where
                block_lists.chain_id = slots.chain_id
                and block_lists.provider = slots.provider
                and slots.slot between block_lists.from_slot and block_lists.to_slot
        )
    )
