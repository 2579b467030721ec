{{ config(indexes=[{'columns': ['period_id']}], post_hook=keep_statistics()) }}

-- What weights are measured against: all that is staked with a validator, and whether that is known to be all.
with totals as (
    select
        chain_id,
        period_id,
        validator_key,
        rewards_native,
        commission_native
    from {{ ref('stake_rewards') }}
    where {{ in_scope('period_id') }} and staker_key = '*'
)

select
    cells.chain_id::text as chain_id,
    cells.period_id::bigint as period_id,
    cells.validator_key::text as validator_key,
    totals.validator_key is not null as has_stakers,
    {{ to_base_units('totals.rewards_native', 'chains.native_decimals') }} as reward_base_units,
    {{ to_base_units('totals.commission_native', 'chains.native_decimals') }} as commission_base_units,
    {{ to_base_units('meta.active_stake_native', 'chains.native_decimals') }} as active_stake_base_units,
    {{ to_base_units('sets.listed_stake_native', 'chains.native_decimals') }} as listed_stake_base_units,
    -- A day's validator has one staker, whoever its withdrawals go to.
    (chains.period_type = 'DAY' or coalesce(sets.is_complete, false)) as is_staker_set_complete,
    -- A list of the period and the chain's own figure: without either, stake was not observed.
    (
        meta.active_stake_native is not null
        and (chains.period_type = 'DAY' or sets.listed_stake_native is not null or meta.active_stake_native = 0)
    ) as is_stake_observed
from {{ ref('int_validator_periods') }} as cells
inner join {{ ref('chains') }} as chains on cells.chain_id = chains.chain_id
left join totals
    on
        cells.chain_id = totals.chain_id
        and cells.period_id = totals.period_id
        and cells.validator_key = totals.validator_key
left join {{ ref('validator_meta') }} as meta
    on
        cells.chain_id = meta.chain_id
        and cells.period_id = meta.period_id
        and cells.validator_key = meta.validator_key
        and {{ in_scope('meta.period_id') }}
left join {{ ref('staker_sets') }} as sets
    on
        cells.chain_id = sets.chain_id
        and cells.period_id = sets.period_id
        and cells.validator_key = sets.validator_key
        and {{ in_scope('sets.period_id') }}
where {{ in_scope('cells.period_id') }}
