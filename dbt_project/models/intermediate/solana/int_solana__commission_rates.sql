{{ config(indexes=[{'columns': ['period_id']}]) }}

-- The inflation commission rate of an epoch, for meta and checks only: the one in its reward entry; else, where
-- SIMD-0249 delays it, the rate at the start of E−1 (no such account: of E, then of E+1); else the epoch's last
-- snapshot.
with cells as (
    select
        chain_id,
        period_id,
        validator_key
    from {{ ref('int_validator_periods') }}
    where {{ in_scope('period_id') }}
    union
    select
        chain_id,
        period_id,
        validator_key
    from {{ ref('int_solana__vote_snapshots') }}
    where {{ in_scope('period_id') }}
),

delays as (
    select
        chain_id,
        min(from_period) as active_from
    from {{ ref('chain_parameters') }}
    where parameter_name = 'delayed_commission' and parameter_value = 1
    group by chain_id
)

select
    cells.chain_id,
    cells.period_id,
    cells.validator_key,
    coalesce(
        commissions.commission_bps,
        case
            when cells.period_id >= delays.active_from then delayed.commission_bps
            else snapshots.commission_bps
        end
    ) as stored_bps
from cells
left join {{ ref('int_solana__commissions') }} as commissions
    on
        cells.chain_id = commissions.chain_id
        and cells.period_id = commissions.period_id
        and cells.validator_key = commissions.validator_key
        and {{ in_scope('commissions.period_id') }}
left join delays on cells.chain_id = delays.chain_id
left join {{ ref('int_solana__vote_snapshots') }} as snapshots
    on
        cells.chain_id = snapshots.chain_id
        and cells.period_id = snapshots.period_id
        and cells.validator_key = snapshots.validator_key
        and {{ in_scope('snapshots.period_id') }}
left join lateral (
    select earlier.commission_bps
    from {{ ref('int_solana__vote_snapshots') }} as earlier
    where
        earlier.chain_id = cells.chain_id
        and earlier.validator_key = cells.validator_key
        and earlier.period_id <= cells.period_id
    -- The last one before E−1 starts; failing that, the first that follows.
    order by
        earlier.period_id > cells.period_id - 2,
        case when earlier.period_id <= cells.period_id - 2 then -earlier.period_id else earlier.period_id end
    limit 1
) as delayed on true
