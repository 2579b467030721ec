{{ config(indexes=[{'columns': ['period_id']}]) }}


-- Penalties that no rewards endpoint carries: epoch by epoch, the change of a slashed validator's balance that rewards,
-- withdrawals and deposits do not explain. Between the last slots of two epochs lie the blocks of the second one, and
-- the rewards for attestations of the epoch two before it.
with epochs as (
    select
        days.chain_id,
        days.period_id,
        days.day_before_period,
        days.validator_key,
        day_epoch.epoch,
        chains.slots_per_epoch
    from {{ ref('int_ethereum__validator_days') }} as days
    inner join {{ ref('chains') }} as chains on days.chain_id = chains.chain_id
    cross join lateral generate_series(days.first_epoch, days.last_epoch) as day_epoch (epoch)
    where {{ in_scope('days.period_id') }} and days.is_being_slashed
),

explained as (
    select
        epochs.chain_id,
        epochs.period_id,
        ends.provider,
        epochs.validator_key,
        epochs.epoch,
        ends.balance_wei - starts.balance_wei as change_wei,
        attestations.attestation_wei,
        rewards.proposal_wei,
        rewards.sync_committee_wei,
        moved.slot_count,
        moved.withdrawn_wei,
        moved.deposited_wei,
        epochs.slots_per_epoch
    from epochs
    inner join {{ ref('int_ethereum__balances') }} as ends
        on
            epochs.chain_id = ends.chain_id
            and epochs.period_id = ends.period_id
            and epochs.validator_key = ends.validator_key
            and ends.slot = (epochs.epoch + 1) * epochs.slots_per_epoch - 1
    left join {{ ref('int_ethereum__balances') }} as starts
        on
            epochs.chain_id = starts.chain_id
            and starts.period_id in (epochs.period_id, epochs.day_before_period)
            and epochs.validator_key = starts.validator_key
            and ends.provider = starts.provider
            and starts.slot = epochs.epoch * epochs.slots_per_epoch - 1
    left join {{ ref('int_ethereum__attestations') }} as attestations
        on
            epochs.chain_id = attestations.chain_id
            and attestations.period_id in (epochs.period_id, epochs.day_before_period)
            and epochs.validator_key = attestations.validator_key
            and ends.provider = attestations.provider
            and attestations.epoch = epochs.epoch - 2
    left join {{ ref('int_ethereum__node_rewards') }} as rewards
        on
            epochs.chain_id = rewards.chain_id
            and epochs.period_id = rewards.period_id
            and epochs.validator_key = rewards.validator_key
            and ends.provider = rewards.provider
            and epochs.epoch = rewards.epoch
            and {{ in_scope('rewards.period_id') }}
    left join (
        select
            movements.chain_id,
            movements.period_id,
            movements.provider,
            movements.validator_key,
            movements.slot / chains.slots_per_epoch as epoch,
            count(*) as slot_count,
            sum(movements.withdrawn_wei) as withdrawn_wei,
            sum(movements.deposited_wei) as deposited_wei
        from {{ ref('int_ethereum__movements') }} as movements
        inner join {{ ref('chains') }} as chains on movements.chain_id = chains.chain_id
        where {{ in_scope('movements.period_id') }}
        group by
            movements.chain_id,
            movements.period_id,
            movements.provider,
            movements.validator_key,
            movements.slot / chains.slots_per_epoch
    ) as moved
        on
            epochs.chain_id = moved.chain_id
            and epochs.period_id = moved.period_id
            and epochs.validator_key = moved.validator_key
            and ends.provider = moved.provider
            and epochs.epoch = moved.epoch
    where {{ in_scope('ends.period_id') }}
)

select
    chain_id,
    period_id,
    provider,
    validator_key,
    epoch,
    case
        when slot_count = slots_per_epoch
            then
                change_wei
                - attestation_wei
                - proposal_wei
                - sync_committee_wei
                + withdrawn_wei
                - deposited_wei
    end::numeric(38, 0) as penalty_wei
from explained
