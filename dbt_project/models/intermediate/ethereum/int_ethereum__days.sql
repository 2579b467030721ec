{{ config(indexes=[{'columns': ['period_id']}]) }}


-- A day's data is that of the epochs whose first slot has its UTC date (COMMISSIONS.md, Periods).
with known_days as (
    select
        chain_id,
        period_id
    from {{ ref('int_loaded_periods') }}
    union
    select
        chain_id,
        period_id
    from {{ ref('int_ethereum__heads') }}
    where {{ in_scope('period_id') }}
),

bounded_days as (
    select
        known_days.chain_id,
        known_days.period_id,
        to_date(known_days.period_id::text, 'YYYYMMDD') as day_date,
        chains.slots_per_epoch,
        {{ first_epoch_of_day("to_date(known_days.period_id::text, 'YYYYMMDD')", 'chains') }} as first_epoch,
        {{ first_epoch_of_day("to_date(known_days.period_id::text, 'YYYYMMDD') + 1", 'chains') }} - 1 as last_epoch
    from known_days
    inner join {{ ref('chains') }} as chains on known_days.chain_id = chains.chain_id
    where chains.period_type = 'DAY' and {{ in_scope('known_days.period_id') }}
)

select
    chain_id,
    period_id,
    {{ day_of_date('day_date - 1') }} as day_before_period,
    day_date::timestamp at time zone 'UTC' as starts_at,
    (day_date + 1)::timestamp at time zone 'UTC' as ends_at,
    first_epoch,
    last_epoch,
    first_epoch * slots_per_epoch as first_slot,
    (last_epoch + 1) * slots_per_epoch - 1 as last_slot
from bounded_days
