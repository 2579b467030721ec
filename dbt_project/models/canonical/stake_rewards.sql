{{ config(indexes=[{'columns': ['period_id']}]) }}

with staker_rows as (
    select
        stakers.chain_id,
        stakers.period_id,
        stakers.validator_key,
        stakers.stake_pubkey as staker_key,
        stakers.stake_pubkey as staker_address,
        stakers.withdrawer_pubkey as withdrawer_address,
        stakers.reward_lamports,
        commissions.commission_lamports,
        stakers.active_stake_lamports,
        own.staker_key is not null as is_self_stake,
        stakers.provider
    from {{ ref('int_solana__stakers') }} as stakers
    inner join {{ ref('int_validator_periods') }} as cells
        on
            stakers.chain_id = cells.chain_id
            and stakers.period_id = cells.period_id
            and stakers.validator_key = cells.validator_key
    left join {{ ref('int_staker_commissions') }} as commissions
        on
            stakers.chain_id = commissions.chain_id
            and stakers.period_id = commissions.period_id
            and stakers.validator_key = commissions.validator_key
            and stakers.stake_pubkey = commissions.stake_pubkey
            and {{ in_scope('commissions.period_id') }}
    left join {{ ref('own_stake_accounts') }} as own
        on
            stakers.chain_id = own.chain_id
            and stakers.validator_key = own.validator_key
            and stakers.stake_pubkey = own.staker_key
    where {{ in_scope('stakers.period_id') }} and {{ in_scope('cells.period_id') }}
),

staker_totals as (
    select
        chain_id,
        period_id,
        validator_key,
        -- One unanswered account leaves the sum unknown.
        case when bool_and(reward_lamports is not null) then sum(reward_lamports) end as reward_lamports
    from staker_rows
    group by chain_id, period_id, validator_key
),

aggregate_rows as (
    select
        cells.chain_id,
        cells.period_id,
        cells.validator_key,
        '*' as staker_key,
        null::text as staker_address,
        null::text as withdrawer_address,
        case
            when staker_totals.validator_key is not null then staker_totals.reward_lamports
            -- A list that was answered and is empty: nobody staked.
            when lists.validator_key is not null then 0
        end as reward_lamports,
        commissions.commission_lamports,
        snapshots.activated_stake_lamports as active_stake_lamports,
        false as is_self_stake,
        commissions.provider
    from {{ ref('int_validator_periods') }} as cells
    left join {{ ref('int_solana__commissions') }} as commissions
        on
            cells.chain_id = commissions.chain_id
            and cells.period_id = commissions.period_id
            and cells.validator_key = commissions.validator_key
            and {{ in_scope('commissions.period_id') }}
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
    left join {{ ref('int_solana__vote_snapshots') }} as snapshots
        on
            cells.chain_id = snapshots.chain_id
            and cells.period_id = snapshots.period_id
            and cells.validator_key = snapshots.validator_key
            and {{ in_scope('snapshots.period_id') }}
    where
        {{ in_scope('cells.period_id') }}
        and (commissions.validator_key is not null or staker_totals.validator_key is not null)
),

-- On Ethereum the staker is whoever the validator's withdrawals go to, with all of it.
validator_days as (
    select
        days.chain_id,
        days.period_id,
        days.validator_key,
        days.withdrawal_address,
        days.owner = 'OPERATOR' as is_self_stake,
        incomes.income_wei,
        incomes.commission_wei,
        stakes.effective_balance_wei,
        coalesce(incomes.provider, stakes.provider) as provider
    from {{ ref('int_ethereum__validator_days') }} as days
    left join {{ ref('int_ethereum__day_incomes') }} as incomes
        on
            days.chain_id = incomes.chain_id
            and days.period_id = incomes.period_id
            and days.validator_key = incomes.validator_key
            and {{ in_scope('incomes.period_id') }}
    left join lateral (
        select
            stakes.effective_balance_wei,
            stakes.provider
        from {{ ref('int_ethereum__stakes') }} as stakes
        inner join {{ ref('chain_provider_mappings') }} as mappings
            on
                stakes.chain_id = mappings.chain_id
                and stakes.provider = mappings.provider
                and mappings.data_type = 'META'
                and mappings.role in ('primary', 'fallback')
        where
            stakes.chain_id = days.chain_id
            and stakes.period_id = days.period_id
            and stakes.validator_key = days.validator_key
        order by mappings.priority, stakes.provider collate "C"
        limit 1
    ) as stakes on true
    where {{ in_scope('days.period_id') }}
),

all_rows as (
    select
        chain_id,
        period_id,
        validator_key,
        staker_key,
        staker_address,
        withdrawer_address,
        reward_lamports as reward_base_units,
        commission_lamports as commission_base_units,
        active_stake_lamports as active_stake_base_units,
        is_self_stake,
        provider
    from staker_rows
    union all
    select
        chain_id,
        period_id,
        validator_key,
        staker_key,
        staker_address,
        withdrawer_address,
        reward_lamports,
        commission_lamports,
        active_stake_lamports,
        is_self_stake,
        provider
    from aggregate_rows
    union all
    select
        chain_id,
        period_id,
        validator_key,
        '*' as staker_key,
        null as staker_address,
        null as withdrawer_address,
        income_wei,
        commission_wei,
        effective_balance_wei,
        false as is_self_stake,
        provider
    from validator_days
    where provider is not null
    union all
    select
        chain_id,
        period_id,
        validator_key,
        withdrawal_address as staker_key,
        withdrawal_address as staker_address,
        withdrawal_address as withdrawer_address,
        income_wei,
        commission_wei,
        effective_balance_wei,
        is_self_stake,
        provider
    from validator_days
    where provider is not null and withdrawal_address is not null
)

select
    all_rows.chain_id::text as chain_id,
    all_rows.period_id::bigint as period_id,
    all_rows.validator_key::text as validator_key,
    all_rows.staker_key::text as staker_key,
    all_rows.staker_address::text as staker_address,
    all_rows.withdrawer_address::text as withdrawer_address,
    {{ to_native('all_rows.reward_base_units', 'chains.native_decimals') }} as rewards_native,
    {{ to_native('all_rows.commission_base_units', 'chains.native_decimals') }} as commission_native,
    {{ to_native('all_rows.active_stake_base_units', 'chains.native_decimals') }} as active_stake_native,
    all_rows.is_self_stake::boolean as is_self_stake,
    all_rows.provider::text as source_provider
from all_rows
inner join {{ ref('chains') }} as chains on all_rows.chain_id = chains.chain_id
