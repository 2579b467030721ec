{{ config(meta={'dagster': {'ref': {'name': 'validator_fees'}}}) }}

-- The fee entries that counting blocks hold for the leader slots of tracked validators sum, period by period, to the
-- fees that are agreed: none is lost, counted twice or given to another.
with known_fees as (
    select
        fees.chain_id,
        fees.period_id,
        fees.validator_key,
        fees.source_provider,
        fees.total_fees_native
    from {{ ref('validator_fees') }} as fees
    where
        {{ tested_periods('fees.period_id', 'validator_fees') }}
        and fees.total_fees_native is not null
        -- Without a schedule fees are by pubkey, not by slot.
        and exists (
            select 1
            from {{ ref('int_solana__leader_schedules') }} as schedules
            where schedules.chain_id = fees.chain_id and schedules.period_id = fees.period_id
        )
),

raw_totals as (
    select
        rewards.chain_id,
        rewards.period_id,
        sum(rewards.reward_lamports) as fee_lamports
    from known_fees
    inner join {{ ref('int_solana__leader_slots') }} as leader_slots
        on
            known_fees.chain_id = leader_slots.chain_id
            and known_fees.period_id = leader_slots.period_id
            and known_fees.validator_key = leader_slots.validator_key
    inner join {{ ref('stg_solana_rpc__block_rewards') }} as rewards
        on
            leader_slots.chain_id = rewards.chain_id
            and leader_slots.period_id = rewards.period_id
            and leader_slots.slot = rewards.slot
            and known_fees.source_provider = rewards.provider
    inner join {{ ref('stg_ops__payload_sightings') }} as sightings
        on rewards.payload_id = sightings.payload_id and rewards.period_id = sightings.period_id
    where
        {{ tested_periods('leader_slots.period_id', 'validator_fees') }}
        and {{ tested_periods('rewards.period_id', 'validator_fees') }}
        and {{ tested_periods('sightings.period_id', 'validator_fees') }}
        and sightings.is_counting
        and rewards.reward_type = 'Fee'
    group by rewards.chain_id, rewards.period_id
),

agreed_totals as (
    select
        chain_id,
        period_id,
        sum(total_fees_native) as fees_native
    from known_fees
    group by chain_id, period_id
)

select
    agreed_totals.chain_id,
    agreed_totals.period_id,
    agreed_totals.fees_native,
    raw_totals.fee_lamports
from agreed_totals
inner join {{ ref('chains') }} as chains on agreed_totals.chain_id = chains.chain_id
left join raw_totals
    on agreed_totals.chain_id = raw_totals.chain_id and agreed_totals.period_id = raw_totals.period_id
where
    agreed_totals.fees_native
    <> {{ to_native('coalesce(raw_totals.fee_lamports, 0)', 'chains.native_decimals') }}
