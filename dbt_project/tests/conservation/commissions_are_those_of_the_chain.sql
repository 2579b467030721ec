{{ config(meta={'dagster': {'ref': {'name': 'stake_rewards'}}}) }}

-- A validator's commission is what a counting answer says of its vote account, to the base unit: no entry is zero.
select
    wholes.chain_id,
    wholes.period_id,
    wholes.validator_key,
    wholes.commission_native
from {{ ref('stake_rewards') }} as wholes
inner join {{ ref('chains') }} as chains on wholes.chain_id = chains.chain_id and chains.period_type = 'EPOCH'
where
    {{ tested_periods('wholes.period_id', 'stake_rewards') }}
    and wholes.staker_key = '*'
    and wholes.commission_native is not null
    and not exists (
        select 1
        from {{ ref('stg_solana_rpc__inflation_rewards') }} as rewards
        inner join {{ ref('stg_ops__payload_sightings') }} as sightings
            on rewards.payload_id = sightings.payload_id and rewards.period_id = sightings.period_id
        where
            {{ tested_periods('rewards.period_id', 'stake_rewards') }}
            and {{ tested_periods('sightings.period_id', 'stake_rewards') }}
            and sightings.is_counting
            and rewards.chain_id = wholes.chain_id
            and rewards.period_id = wholes.period_id
            and rewards.provider = wholes.source_provider
            and rewards.address = wholes.validator_key
            and wholes.commission_native
            = {{ to_native('coalesce(rewards.reward_lamports, 0)', 'chains.native_decimals') }}
    )
