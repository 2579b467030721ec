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
    inner join {{ ref('chains') }} as chains on meta.chain_id = chains.chain_id and chains.period_type = 'EPOCH'
),

-- Ethereum: what the serving provider answered about the validator's own blocks, and about the day.
block_payloads as (
    select
        payload_id,
        chain_id,
        period_id,
        provider,
        block_number
    from {{ ref('stg_eth_rpc__blocks') }}
    union all
    select
        payload_id,
        chain_id,
        period_id,
        provider,
        block_number
    from {{ ref('stg_eth_rpc__receipts') }}
    union all
    select
        payload_id,
        chain_id,
        period_id,
        provider,
        block_number
    from {{ ref('stg_beaconchain__block_rewards') }}
),

slot_payloads as (
    select
        payload_id,
        chain_id,
        period_id,
        provider,
        slot
    from {{ ref('stg_mev_relay__payloads_delivered') }}
    union all
    select
        payload_id,
        chain_id,
        period_id,
        provider,
        slot
    from {{ ref('stg_beaconchain__block_rewards') }}
),

ethereum_payloads as (
    select distinct
        'FEES' as data_type,
        blocks.chain_id,
        blocks.period_id,
        blocks.validator_key,
        payloads.payload_id
    from {{ ref('int_ethereum__blocks') }} as blocks
    inner join block_payloads as payloads
        on
            blocks.chain_id = payloads.chain_id
            and blocks.period_id = payloads.period_id
            and blocks.block_number = payloads.block_number
            and blocks.fees_provider = payloads.provider
    union
    select distinct
        'MEV' as data_type,
        blocks.chain_id,
        blocks.period_id,
        blocks.validator_key,
        payloads.payload_id
    from {{ ref('int_ethereum__blocks') }} as blocks
    inner join slot_payloads as payloads
        on
            blocks.chain_id = payloads.chain_id
            and blocks.period_id = payloads.period_id
            and blocks.slot = payloads.slot
            and blocks.mev_provider = payloads.provider
    union
    select distinct
        served.data_type,
        answers.chain_id,
        answers.period_id,
        answers.validator_key,
        payloads.payload_id
    from {{ ref('int_ethereum__proposer_days') }} as answers
    inner join counting_payloads as payloads
        on
            answers.chain_id = payloads.chain_id
            and answers.period_id = payloads.period_id
            and answers.provider = payloads.provider
            and payloads.endpoint in ('proposal_slots', 'proposer_duties', 'headers', 'blocks')
    cross join (values ('FEES'), ('MEV')) as served (data_type)
    where answers.is_agreed
    union
    select distinct
        'REWARDS' as data_type,
        incomes.chain_id,
        incomes.period_id,
        incomes.validator_key,
        payloads.payload_id
    from {{ ref('int_ethereum__day_incomes') }} as incomes
    inner join counting_payloads as payloads
        on
            incomes.chain_id = payloads.chain_id
            and incomes.period_id = payloads.period_id
            and incomes.provider = payloads.provider
            and (
                (
                    incomes.method = 'DUTY'
                    and payloads.endpoint in (
                        'attestation_rewards', 'block_rewards', 'sync_committee_rewards', 'rewards_list'
                    )
                )
                or (incomes.method = 'BALANCES' and payloads.endpoint in ('validator_balances', 'day_blocks'))
            )
    union
    select distinct
        'META' as data_type,
        meta.chain_id,
        meta.period_id,
        meta.validator_key,
        stakes.payload_id
    from {{ ref('validator_meta') }} as meta
    inner join {{ ref('int_ethereum__stakes') }} as stakes
        on
            meta.chain_id = stakes.chain_id
            and meta.period_id = stakes.period_id
            and meta.validator_key = stakes.validator_key
            and meta.source_provider = stakes.provider
),

counting_ethereum_payloads as (
    select
        found.data_type,
        found.chain_id,
        found.period_id,
        found.validator_key,
        found.payload_id
    from ethereum_payloads as found
    inner join counting_payloads
        on found.payload_id = counting_payloads.payload_id and found.period_id = counting_payloads.period_id
),

all_payloads as (
    select * from counting_ethereum_payloads
    union all
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
