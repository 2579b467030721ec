{{ config(indexes=[{'columns': ['period_id']}]) }}


-- A validator's consensus income of a day by provider and method. By duty it is known when every epoch of the day is,
-- and for a slashed one the penalties too, which any node's balances tell. By balances it differs at the day's edges,
-- since rewards of an epoch reach the balance later, and agrees over a life.
with duty_epochs as (
    select
        chain_id,
        period_id,
        provider,
        validator_key,
        attestation_wei + proposal_wei + sync_committee_wei as income_wei,
        is_attestation_missed
    from {{ ref('int_ethereum__node_rewards') }}
    where {{ in_scope('period_id') }}
    union all
    select
        chain_id,
        period_id,
        provider,
        validator_key,
        attestation_wei + proposal_wei + sync_committee_wei as income_wei,
        is_attestation_missed
    from {{ ref('int_ethereum__explorer_rewards') }}
    where {{ in_scope('period_id') }}
),

duty_days as (
    select
        chain_id,
        period_id,
        provider,
        validator_key,
        count(*) as epoch_count,
        bool_and(income_wei is not null) as is_answered,
        sum(income_wei) as income_wei,
        count(*) filter (where is_attestation_missed is not null) as duty_count,
        count(*) filter (where is_attestation_missed) as missed_count
    from duty_epochs
    group by chain_id, period_id, provider, validator_key
),

penalties as (
    select
        penalties.chain_id,
        penalties.period_id,
        penalties.provider,
        penalties.validator_key,
        count(penalties.penalty_wei) as epoch_count,
        sum(penalties.penalty_wei) as penalty_wei
    from {{ ref('int_ethereum__slashing_penalties') }} as penalties
    where {{ in_scope('penalties.period_id') }}
    group by penalties.chain_id, penalties.period_id, penalties.provider, penalties.validator_key
),

agreed_penalties as (
    select distinct on (days.chain_id, days.period_id, days.validator_key)
        days.chain_id,
        days.period_id,
        days.validator_key,
        penalties.penalty_wei
    from {{ ref('int_ethereum__validator_days') }} as days
    inner join penalties
        on
            days.chain_id = penalties.chain_id
            and days.period_id = penalties.period_id
            and days.validator_key = penalties.validator_key
            and penalties.epoch_count = days.last_epoch - days.first_epoch + 1
    where {{ in_scope('days.period_id') }}
    order by days.chain_id, days.period_id, days.validator_key, penalties.provider collate "C"
),

by_duty as (
    select
        days.chain_id,
        days.period_id,
        days.validator_key,
        duty_days.provider,
        'DUTY' as method,
        case
            when
                duty_days.is_answered
                and duty_days.epoch_count = days.last_epoch - days.first_epoch + 1
                and (not coalesce(days.is_being_slashed, false) or agreed_penalties.validator_key is not null)
                then duty_days.income_wei + coalesce(agreed_penalties.penalty_wei, 0)
        end as income_wei,
        duty_days.duty_count,
        duty_days.missed_count
    from {{ ref('int_ethereum__validator_days') }} as days
    inner join duty_days
        on
            days.chain_id = duty_days.chain_id
            and days.period_id = duty_days.period_id
            and days.validator_key = duty_days.validator_key
    left join agreed_penalties
        on
            days.chain_id = agreed_penalties.chain_id
            and days.period_id = agreed_penalties.period_id
            and days.validator_key = agreed_penalties.validator_key
    where {{ in_scope('days.period_id') }}
),

moved_days as (
    select
        chain_id,
        period_id,
        provider,
        validator_key,
        count(*) as slot_count,
        sum(withdrawn_wei) as withdrawn_wei,
        sum(deposited_wei) as deposited_wei
    from {{ ref('int_ethereum__movements') }}
    where {{ in_scope('period_id') }}
    group by chain_id, period_id, provider, validator_key
),

by_balances as (
    select
        days.chain_id,
        days.period_id,
        days.validator_key,
        ends.provider,
        'BALANCES' as method,
        case
            when moved_days.slot_count = days.last_slot - days.first_slot + 1
                then
                    ends.balance_wei
                    -- Before its activation it held what was deposited, which is no income either.
                    - starts.balance_wei
                    + moved_days.withdrawn_wei
                    - moved_days.deposited_wei
        end as income_wei,
        null::bigint as duty_count,
        null::bigint as missed_count
    from {{ ref('int_ethereum__validator_days') }} as days
    inner join {{ ref('int_ethereum__balances') }} as ends
        on
            days.chain_id = ends.chain_id
            and days.period_id = ends.period_id
            and days.validator_key = ends.validator_key
            and days.last_slot = ends.slot
    inner join {{ ref('int_ethereum__balances') }} as starts
        on
            days.chain_id = starts.chain_id
            and days.day_before_period = starts.period_id
            and days.validator_key = starts.validator_key
            and ends.provider = starts.provider
            and days.first_slot - 1 = starts.slot
    left join moved_days
        on
            days.chain_id = moved_days.chain_id
            and days.period_id = moved_days.period_id
            and days.validator_key = moved_days.validator_key
            and ends.provider = moved_days.provider
    where {{ in_scope('days.period_id') }} and {{ in_scope('ends.period_id') }}
),

incomes as (
    select * from by_duty
    union all
    select * from by_balances
)

select
    chain_id,
    period_id,
    validator_key,
    provider,
    method,
    income_wei::numeric(38, 0) as income_wei,
    duty_count,
    missed_count
from incomes
