-- Fees of an epoch whose schedule no node tells any more, where every block is loaded anyway (`validators: all`): by
-- the pubkey each block's own fee entry was credited to.
with counting_payloads as (
    select payload_id
    from {{ ref('stg_ops__payload_sightings') }}
    where {{ in_scope('period_id') }} and is_counting and endpoint in ('get_block', 'get_blocks')
),

unscheduled_periods as (
    select
        periods.chain_id,
        periods.period_id,
        periods.first_slot,
        periods.last_slot
    from {{ ref('periods') }} as periods
    inner join {{ ref('chains') }} as chains on periods.chain_id = chains.chain_id
    where
        {{ in_scope('periods.period_id') }}
        and chains.tracks_all_validators
        and not exists (
            select 1
            from {{ ref('int_solana__leader_schedules') }} as schedules
            where schedules.chain_id = periods.chain_id and schedules.period_id = periods.period_id
        )
),

listed_blocks as (
    select distinct
        lists.chain_id,
        lists.period_id,
        lists.provider,
        listed.slot
    from {{ ref('stg_solana_rpc__block_lists') }} as lists
    inner join counting_payloads on lists.payload_id = counting_payloads.payload_id
    inner join unscheduled_periods
        on lists.chain_id = unscheduled_periods.chain_id and lists.period_id = unscheduled_periods.period_id
    cross join lateral unnest(lists.block_slots) as listed (slot)
    where
        {{ in_scope('lists.period_id') }}
        and lists.from_slot <= unscheduled_periods.first_slot
        and lists.to_slot >= unscheduled_periods.last_slot
),

complete_periods as (
    select
        listed_blocks.chain_id,
        listed_blocks.period_id,
        listed_blocks.provider
    from listed_blocks
    left join {{ ref('int_solana__slot_fees') }} as slot_fees
        on
            listed_blocks.chain_id = slot_fees.chain_id
            and listed_blocks.period_id = slot_fees.period_id
            and listed_blocks.provider = slot_fees.provider
            and listed_blocks.slot = slot_fees.slot
            and {{ in_scope('slot_fees.period_id') }}
    group by listed_blocks.chain_id, listed_blocks.period_id, listed_blocks.provider
    having count(*) = count(slot_fees.slot) filter (where slot_fees.is_block)
),

fee_entries as (
    select
        rewards.chain_id,
        rewards.period_id,
        rewards.provider,
        rewards.reward_pubkey,
        sum(rewards.reward_lamports) as fee_lamports,
        count(*) as fee_count
    from {{ ref('stg_solana_rpc__block_rewards') }} as rewards
    inner join counting_payloads on rewards.payload_id = counting_payloads.payload_id
    inner join complete_periods
        on
            rewards.chain_id = complete_periods.chain_id
            and rewards.period_id = complete_periods.period_id
            and rewards.provider = complete_periods.provider
    where {{ in_scope('rewards.period_id') }} and rewards.reward_type = 'Fee'
    group by rewards.chain_id, rewards.period_id, rewards.provider, rewards.reward_pubkey
)

select
    complete_periods.chain_id,
    complete_periods.period_id,
    complete_periods.provider,
    coalesce(from_then_on.validator_key, last_before.validator_key) as validator_key,
    coalesce(sum(fee_entries.fee_lamports), 0)::numeric(38, 0) as fee_lamports,
    coalesce(sum(fee_entries.fee_count), 0)::bigint as fee_count
from complete_periods
left join fee_entries
    on
        complete_periods.chain_id = fee_entries.chain_id
        and complete_periods.period_id = fee_entries.period_id
        and complete_periods.provider = fee_entries.provider
left join lateral (
    select identities.validator_key
    from {{ ref('int_solana__identities') }} as identities
    where
        identities.chain_id = fee_entries.chain_id
        and identities.identity = fee_entries.reward_pubkey
        and identities.period_id >= fee_entries.period_id - 1
    order by identities.period_id
    limit 1
) as from_then_on on true
left join lateral (
    select identities.validator_key
    from {{ ref('int_solana__identities') }} as identities
    where
        identities.chain_id = fee_entries.chain_id
        and identities.identity = fee_entries.reward_pubkey
        and identities.period_id < fee_entries.period_id - 1
    order by identities.period_id desc
    limit 1
) as last_before on true
group by
    complete_periods.chain_id,
    complete_periods.period_id,
    complete_periods.provider,
    coalesce(from_then_on.validator_key, last_before.validator_key)
