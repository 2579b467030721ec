{{ config(meta={'dagster': {'ref': {'name': 'validator_rewards'}}}) }}

-- A day's income by duty is the sum of what a counting answer says of each of its epochs, and of a slashed validator's
-- penalties: no epoch is lost or counted twice.
with epochs as (
    select
        chain_id,
        period_id,
        provider,
        validator_key,
        attestation_wei + proposal_wei + sync_committee_wei as income_wei
    from {{ ref('int_ethereum__node_rewards') }}
    where {{ tested_periods('period_id', 'validator_rewards') }}
    union all
    select
        chain_id,
        period_id,
        provider,
        validator_key,
        attestation_wei + proposal_wei + sync_committee_wei as income_wei
    from {{ ref('int_ethereum__explorer_rewards') }}
    where {{ tested_periods('period_id', 'validator_rewards') }}
),

days as (
    select
        chain_id,
        period_id,
        provider,
        validator_key,
        count(income_wei) as epoch_count,
        sum(income_wei) as income_wei
    from epochs
    group by chain_id, period_id, provider, validator_key
)

select
    rewards.chain_id,
    rewards.period_id,
    rewards.validator_key,
    rewards.income_native,
    days.income_wei,
    days.epoch_count
from {{ ref('validator_rewards') }} as rewards
inner join {{ ref('chains') }} as chains on rewards.chain_id = chains.chain_id
inner join {{ ref('int_ethereum__validator_days') }} as bounds
    on
        rewards.chain_id = bounds.chain_id
        and rewards.period_id = bounds.period_id
        and rewards.validator_key = bounds.validator_key
left join days
    on
        rewards.chain_id = days.chain_id
        and rewards.period_id = days.period_id
        and rewards.validator_key = days.validator_key
        and rewards.source_provider = days.provider
where
    {{ tested_periods('rewards.period_id', 'validator_rewards') }}
    and rewards.method = 'DUTY'
    and rewards.income_native is not null
    and not coalesce(bounds.is_being_slashed, false)
    and (
        days.epoch_count is distinct from bounds.last_epoch - bounds.first_epoch + 1
        or rewards.income_native <> {{ to_native('days.income_wei', 'chains.native_decimals') }}
    )
