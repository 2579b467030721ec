{{ config(materialized='view') }}

-- Which payloads stand behind a canonical row. A view: a number is traced by its period, and a table would double the
-- writing of every epoch.
with counting_payloads as (
    select
        payload_id,
        chain_id,
        period_id,
        provider,
        endpoint
    from {{ ref('stg_ops__payload_sightings') }}
    where is_counting
),

fee_payloads as (
    select distinct
        'FEES' as data_type,
        fees.chain_id,
        fees.period_id,
        fees.validator_key,
        rewards.payload_id
    from {{ ref('validator_fees') }} as fees
    inner join {{ ref('int_solana__leader_slots') }} as leader_slots
        on
            fees.chain_id = leader_slots.chain_id
            and fees.period_id = leader_slots.period_id
            and fees.validator_key = leader_slots.validator_key
    inner join {{ ref('stg_solana_rpc__block_rewards') }} as rewards
        on
            leader_slots.chain_id = rewards.chain_id
            and leader_slots.period_id = rewards.period_id
            and leader_slots.slot = rewards.slot
            and fees.source_provider = rewards.provider
    inner join counting_payloads on rewards.payload_id = counting_payloads.payload_id
    union
    select
        'FEES' as data_type,
        fees.chain_id,
        fees.period_id,
        fees.validator_key,
        schedules.payload_id
    from {{ ref('validator_fees') }} as fees
    inner join {{ ref('int_solana__leader_schedules') }} as schedules
        on fees.chain_id = schedules.chain_id and fees.period_id = schedules.period_id
    union
    select
        'FEES' as data_type,
        fees.chain_id,
        fees.period_id,
        fees.validator_key,
        lists.payload_id
    from {{ ref('validator_fees') }} as fees
    inner join counting_payloads as lists
        on
            fees.chain_id = lists.chain_id
            and fees.period_id = lists.period_id
            and fees.source_provider = lists.provider
            and lists.endpoint = 'get_blocks'
),

mev_payloads as (
    select
        'MEV' as data_type,
        mev.chain_id,
        mev.period_id,
        mev.validator_key,
        lists.payload_id
    from {{ ref('validator_mev') }} as mev
    inner join counting_payloads as lists
        on
            mev.chain_id = lists.chain_id
            and mev.period_id = lists.period_id
            and mev.source_provider = lists.provider
            and lists.endpoint in ('validator_rewards', 'validators')
),

reward_payloads as (
    select
        'REWARDS' as data_type,
        chain_id,
        period_id,
        validator_key,
        payload_id
    from {{ ref('int_solana__commissions') }}
    union
    select
        'REWARDS' as data_type,
        chain_id,
        period_id,
        validator_key,
        payload_id
    from {{ ref('int_solana__stakers') }}
    where payload_id is not null
    union
    select
        'REWARDS' as data_type,
        chain_id,
        period_id,
        validator_key,
        payload_id
    from {{ ref('int_solana__stake_lists') }}
),

meta_payloads as (
    select
        'META' as data_type,
        meta.chain_id,
        meta.period_id,
        meta.validator_key,
        snapshots.payload_id
    from {{ ref('validator_meta') }} as meta
    inner join {{ ref('int_solana__vote_snapshots') }} as snapshots
        on
            meta.chain_id = snapshots.chain_id
            and meta.period_id = snapshots.period_id
            and meta.validator_key = snapshots.validator_key
    union
    select
        'META' as data_type,
        meta.chain_id,
        meta.period_id,
        meta.validator_key,
        lists.payload_id
    from {{ ref('validator_meta') }} as meta
    inner join counting_payloads as lists
        on meta.chain_id = lists.chain_id and meta.period_id = lists.period_id and lists.endpoint = 'validators'
),

all_payloads as (
    select * from fee_payloads
    union all
    select * from mev_payloads
    union all
    select * from reward_payloads
    union all
    select * from meta_payloads
)

select
    data_type::text as data_type,
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    payload_id::text as payload_id
from all_payloads
