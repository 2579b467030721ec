{{ config(indexes=[{'columns': ['period_id']}]) }}

with schedules as (
    select distinct on (schedules.chain_id)
        schedules.chain_id,
        schedules.slots_per_epoch,
        schedules.first_normal_epoch,
        schedules.first_normal_slot
    from {{ ref('stg_solana_rpc__epoch_schedules') }} as schedules
    inner join {{ ref('stg_ops__payload_sightings') }} as sightings
        on schedules.payload_id = sightings.payload_id
    where sightings.period_id = 0 and sightings.is_counting
    order by schedules.chain_id, sightings.last_seen_at desc
),

heads as (
    select
        chain_id,
        max(period_id) as head_period
    from {{ ref('int_solana__heads') }}
    group by chain_id
),

known_periods as (
    select
        chain_id,
        period_id
    from {{ ref('int_solana__epoch_starts') }}
    where {{ in_scope('period_id') }}
    union
    select
        chain_id,
        period_id
    from {{ ref('int_solana__heads') }}
    where {{ in_scope('period_id') }}
    union
    select
        chain_id,
        period_id
    from {{ ref('int_loaded_periods') }}
    where {{ in_scope('period_id') }}
),

bounded_periods as (
    select
        known_periods.chain_id,
        known_periods.period_id,
        chains.finality_lag,
        starts.starts_at,
        next_starts.starts_at as ends_at,
        -- Before the first normal epoch a cluster doubles its epochs, the first one being 32 slots long.
        case
            when known_periods.period_id >= schedules.first_normal_epoch
                then
                    schedules.first_normal_slot
                    + (known_periods.period_id - schedules.first_normal_epoch) * schedules.slots_per_epoch
            else 32 * ((1::bigint << known_periods.period_id::integer) - 1)
        end as first_slot,
        case
            when known_periods.period_id >= schedules.first_normal_epoch
                then
                    schedules.first_normal_slot
                    + (known_periods.period_id + 1 - schedules.first_normal_epoch) * schedules.slots_per_epoch - 1
            else 32 * ((1::bigint << (known_periods.period_id + 1)::integer) - 1) - 1
        end as last_slot
    from known_periods
    inner join {{ ref('chains') }} as chains
        on known_periods.chain_id = chains.chain_id and chains.period_type = 'EPOCH'
    inner join heads on known_periods.chain_id = heads.chain_id
    left join schedules on known_periods.chain_id = schedules.chain_id
    left join {{ ref('int_solana__epoch_starts') }} as starts
        on known_periods.chain_id = starts.chain_id and known_periods.period_id = starts.period_id
    left join {{ ref('int_solana__epoch_starts') }} as next_starts
        on known_periods.chain_id = next_starts.chain_id and known_periods.period_id + 1 = next_starts.period_id
    where known_periods.period_id <= heads.head_period
),

finality as (
    select
        bounded_periods.chain_id,
        bounded_periods.period_id,
        passed.passed_at,
        long_passed.passed_at as long_passed_at,
        gates.refused_at is null or gates.is_paid_out as is_paid_out,
        gates.answered_at
    from bounded_periods
    left join lateral (
        select min(heads_after.first_seen_at) as passed_at
        from {{ ref('int_solana__heads') }} as heads_after
        where
            heads_after.chain_id = bounded_periods.chain_id
            and heads_after.period_id >= bounded_periods.period_id + bounded_periods.finality_lag
    ) as passed on true
    -- A payout takes at most a tenth of the epoch after: two epochs on it is over, whoever answered.
    left join lateral (
        select min(heads_after.first_seen_at) as passed_at
        from {{ ref('int_solana__heads') }} as heads_after
        where
            heads_after.chain_id = bounded_periods.chain_id
            and heads_after.period_id >= bounded_periods.period_id + greatest(bounded_periods.finality_lag, 2)
    ) as long_passed on true
    left join {{ ref('int_solana__payout_gates') }} as gates
        on bounded_periods.chain_id = gates.chain_id and bounded_periods.period_id = gates.period_id
)

select
    bounded_periods.chain_id,
    bounded_periods.period_id,
    bounded_periods.starts_at::timestamptz as starts_at,
    bounded_periods.ends_at::timestamptz as ends_at,
    bounded_periods.first_slot::bigint as first_slot,
    bounded_periods.last_slot::bigint as last_slot,
    coalesce(
        (finality.passed_at is not null and finality.is_paid_out) or finality.long_passed_at is not null, false
    )::boolean as is_finalized,
    (case
        when finality.passed_at is not null and finality.is_paid_out
            then least(greatest(finality.passed_at, finality.answered_at), finality.long_passed_at)
        else finality.long_passed_at
    end)::timestamptz as finalized_at
from bounded_periods
inner join finality
    on bounded_periods.chain_id = finality.chain_id and bounded_periods.period_id = finality.period_id
