{{ config(indexes=[{'columns': ['period_id']}]) }}

-- A validator's block fees by provider; null until every one of its leader slots is answered.
with leader_totals as (
    select
        chain_id,
        period_id,
        validator_key,
        count(*) as leader_slot_count
    from {{ ref('int_solana__leader_slots') }}
    where {{ in_scope('period_id') }}
    group by chain_id, period_id, validator_key
),

scheduled_periods as (
    select distinct
        chain_id,
        period_id,
        provider
    from {{ ref('int_solana__leader_schedules') }}
    where {{ in_scope('period_id') }}
),

led_fees as (
    select
        leader_slots.chain_id,
        leader_slots.period_id,
        leader_slots.validator_key,
        slot_fees.provider,
        count(*) as answered_slot_count,
        count(*) filter (where slot_fees.is_block) as block_count,
        sum(slot_fees.fee_lamports) as fee_lamports,
        sum(slot_fees.fee_count) as fee_count
    from {{ ref('int_solana__leader_slots') }} as leader_slots
    inner join {{ ref('int_solana__slot_fees') }} as slot_fees
        on
            leader_slots.chain_id = slot_fees.chain_id
            and leader_slots.period_id = slot_fees.period_id
            and leader_slots.slot = slot_fees.slot
    where {{ in_scope('leader_slots.period_id') }} and {{ in_scope('slot_fees.period_id') }}
    group by leader_slots.chain_id, leader_slots.period_id, leader_slots.validator_key, slot_fees.provider
),

-- A schedule in which the validator leads no slot is an answer: fees are zero.
leaderless as (
    select
        cells.chain_id,
        cells.period_id,
        cells.validator_key,
        scheduled_periods.provider
    from {{ ref('int_validator_periods') }} as cells
    inner join scheduled_periods
        on cells.chain_id = scheduled_periods.chain_id and cells.period_id = scheduled_periods.period_id
    left join leader_totals
        on
            cells.chain_id = leader_totals.chain_id
            and cells.period_id = leader_totals.period_id
            and cells.validator_key = leader_totals.validator_key
    where {{ in_scope('cells.period_id') }} and leader_totals.validator_key is null
),

-- In an epoch by fee entries alone, whoever has none earned none.
unscheduled_periods as (
    select distinct
        chain_id,
        period_id,
        provider
    from {{ ref('int_solana__unscheduled_fees') }}
    where {{ in_scope('period_id') }}
),

unscheduled as (
    select
        cells.chain_id,
        cells.period_id,
        cells.validator_key,
        unscheduled_periods.provider,
        coalesce(fees.fee_lamports, 0) as fee_lamports,
        coalesce(fees.fee_count, 0) as fee_count
    from {{ ref('int_validator_periods') }} as cells
    inner join unscheduled_periods
        on cells.chain_id = unscheduled_periods.chain_id and cells.period_id = unscheduled_periods.period_id
    left join {{ ref('int_solana__unscheduled_fees') }} as fees
        on
            cells.chain_id = fees.chain_id
            and cells.period_id = fees.period_id
            and cells.validator_key = fees.validator_key
            and unscheduled_periods.provider = fees.provider
    where {{ in_scope('cells.period_id') }}
),

-- Solana Beach sums an identity's fees by epoch: an answer once the epoch was over when it was given.
beach_rows as (
    select distinct on (
        rewards.chain_id, rewards.period_id, rewards.validator_key, rewards.provider, rewards.node_pubkey
    )
        rewards.chain_id,
        rewards.period_id,
        rewards.validator_key,
        rewards.provider,
        rewards.node_pubkey,
        rewards.fee_lamports,
        rewards.block_count
    from {{ ref('stg_solana_beach__block_rewards') }} as rewards
    inner join {{ ref('stg_ops__payload_sightings') }} as sightings on rewards.payload_id = sightings.payload_id
    where
        {{ in_scope('rewards.period_id') }}
        and {{ in_scope('sightings.period_id') }}
        and sightings.is_counting
        and rewards.epoch = rewards.period_id
        and exists (
            select 1
            from {{ ref('int_solana__heads') }} as heads
            where
                heads.chain_id = rewards.chain_id
                and heads.period_id > rewards.period_id
                and heads.first_seen_at <= sightings.last_seen_at
        )
    order by
        rewards.chain_id,
        rewards.period_id,
        rewards.validator_key,
        rewards.provider,
        rewards.node_pubkey,
        sightings.last_seen_at desc,
        rewards.payload_id collate "C"
),

beach_fees as (
    select
        chain_id,
        period_id,
        validator_key,
        provider,
        sum(fee_lamports) as fee_lamports,
        sum(block_count) as block_count
    from beach_rows
    group by chain_id, period_id, validator_key, provider
)

select
    led_fees.chain_id,
    led_fees.period_id,
    led_fees.validator_key,
    led_fees.provider,
    (
        case when led_fees.answered_slot_count = leader_totals.leader_slot_count then led_fees.fee_lamports end
    )::numeric(38, 0) as fee_lamports,
    led_fees.fee_lamports::numeric(38, 0) as observed_fee_lamports,
    led_fees.fee_count::bigint as fee_count,
    leader_totals.leader_slot_count::bigint as leader_slot_count,
    led_fees.block_count::bigint as block_count
from led_fees
inner join leader_totals
    on
        led_fees.chain_id = leader_totals.chain_id
        and led_fees.period_id = leader_totals.period_id
        and led_fees.validator_key = leader_totals.validator_key
union all
select
    chain_id,
    period_id,
    validator_key,
    provider,
    0::numeric(38, 0) as fee_lamports,
    0::numeric(38, 0) as observed_fee_lamports,
    0::bigint as fee_count,
    0::bigint as leader_slot_count,
    0::bigint as block_count
from leaderless
union all
select
    chain_id,
    period_id,
    validator_key,
    provider,
    fee_lamports::numeric(38, 0) as fee_lamports,
    fee_lamports::numeric(38, 0) as observed_fee_lamports,
    fee_count::bigint as fee_count,
    null::bigint as leader_slot_count,
    null::bigint as block_count
from unscheduled
union all
select
    chain_id,
    period_id,
    validator_key,
    provider,
    fee_lamports::numeric(38, 0) as fee_lamports,
    fee_lamports::numeric(38, 0) as observed_fee_lamports,
    block_count::bigint as fee_count,
    null::bigint as leader_slot_count,
    block_count::bigint as block_count
from beach_fees
