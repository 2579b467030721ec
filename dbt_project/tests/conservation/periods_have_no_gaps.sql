-- A period ends where the next one starts, in time and in slots: nothing lies between two periods, or in both.
select
    periods.chain_id,
    periods.period_id,
    periods.ends_at,
    next_periods.starts_at as next_starts_at,
    periods.last_slot,
    next_periods.first_slot as next_first_slot
from {{ ref('periods') }} as periods
inner join {{ ref('periods') }} as next_periods
    on periods.chain_id = next_periods.chain_id and periods.period_id + 1 = next_periods.period_id
where
    {{ tested_periods('periods.period_id', 'periods') }}
    and periods.period_type = 'EPOCH'
    and (
        periods.ends_at is distinct from next_periods.starts_at
        or periods.last_slot + 1 is distinct from next_periods.first_slot
    )
