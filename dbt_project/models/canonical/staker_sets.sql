{{ config(indexes=[{'columns': ['period_id']}]) }}

-- Whether the stake accounts known of a validator are all of them. Between 0 and 100 % commission the chain's own
-- rounding bounds what their rewards imply; at the ends only a list of the epoch itself tells.
with staker_totals as (
    select
        chain_id,
        period_id,
        validator_key,
        count(*) as staker_count,
        count(*) filter (where reward_lamports > 0) as rewarded_count,
        bool_and(reward_lamports is not null) as is_answered,
        sum(reward_lamports) as reward_lamports,
        sum(active_stake_lamports) as listed_stake_lamports
    from {{ ref('int_solana__stakers') }}
    where {{ in_scope('period_id') }}
    group by chain_id, period_id, validator_key
),

claimant_lists as (
    select
        chain_id,
        period_id,
        validator_key,
        bool_and(is_complete_list) as is_complete_list
    from {{ ref('int_solana__claimants') }}
    where {{ in_scope('period_id') }}
    group by chain_id, period_id, validator_key
),

evidence as (
    select
        cells.chain_id,
        cells.period_id,
        cells.validator_key,
        coalesce(staker_totals.staker_count, 0) as staker_count,
        coalesce(staker_totals.is_answered, true) as is_answered,
        coalesce(staker_totals.rewarded_count, 0) as rewarded_count,
        coalesce(staker_totals.reward_lamports, 0) as reward_lamports,
        staker_totals.listed_stake_lamports,
        lists.validator_key is not null as has_own_list,
        coalesce(claimant_lists.is_complete_list, false) as has_claimant_list,
        commissions.commission_lamports,
        {{ applied_bps('rates.stored_bps') }} as applied_bps,
        snapshots.activated_stake_lamports
    from {{ ref('int_validator_periods') }} as cells
    left join staker_totals
        on
            cells.chain_id = staker_totals.chain_id
            and cells.period_id = staker_totals.period_id
            and cells.validator_key = staker_totals.validator_key
    left join {{ ref('int_solana__stake_lists') }} as lists
        on
            cells.chain_id = lists.chain_id
            and cells.period_id = lists.period_id
            and cells.validator_key = lists.validator_key
            and {{ in_scope('lists.period_id') }}
    left join claimant_lists
        on
            cells.chain_id = claimant_lists.chain_id
            and cells.period_id = claimant_lists.period_id
            and cells.validator_key = claimant_lists.validator_key
    left join {{ ref('int_solana__commissions') }} as commissions
        on
            cells.chain_id = commissions.chain_id
            and cells.period_id = commissions.period_id
            and cells.validator_key = commissions.validator_key
            and {{ in_scope('commissions.period_id') }}
    left join {{ ref('int_solana__commission_rates') }} as rates
        on
            cells.chain_id = rates.chain_id
            and cells.period_id = rates.period_id
            and cells.validator_key = rates.validator_key
            and {{ in_scope('rates.period_id') }}
    left join {{ ref('int_solana__vote_snapshots') }} as snapshots
        on
            cells.chain_id = snapshots.chain_id
            and cells.period_id = snapshots.period_id
            and cells.validator_key = snapshots.validator_key
            and {{ in_scope('snapshots.period_id') }}
    where {{ in_scope('cells.period_id') }}
)

select
    evidence.chain_id::text as chain_id,
    evidence.period_id::bigint as period_id,
    evidence.validator_key::text as validator_key,
    evidence.staker_count::bigint as staker_count,
    (case
        when not evidence.is_answered then false
        when evidence.applied_bps > 0 and evidence.applied_bps < 10000 and evidence.commission_lamports is not null
            then
                abs(
                    evidence.reward_lamports * evidence.applied_bps
                    - evidence.commission_lamports * (10000 - evidence.applied_bps)
                )
                <= evidence.rewarded_count
                * div(10000 + 9999 - evidence.applied_bps, 10000 - evidence.applied_bps)
                * (10000 - evidence.applied_bps)
        else evidence.has_own_list or evidence.has_claimant_list
    end)::boolean as is_complete,
    {{ to_native('evidence.listed_stake_lamports', 'chains.native_decimals') }} as listed_stake_native,
    {{ to_native('evidence.activated_stake_lamports', 'chains.native_decimals') }} as active_stake_native
from evidence
inner join {{ ref('chains') }} as chains on evidence.chain_id = chains.chain_id and chains.period_type = 'EPOCH'
