{{ config(
    indexes=[{'columns': ['period_id']}],
    meta={'scoped_by': 'partner'},
    post_hook=keep_statistics()
) }}

-- What is known of each partner's clients among a validator's stakers, judged when the period starts.
-- For one late wallet all accounts of a period are looked at, and only those that may be its partner's are joined.
with touched_wallets as (
    select address
    from {{ ref('stg_app__partner_wallets') }}
    where {{ of_touched_partner('partner_id') }}
),

stakers as (
    select
        rewards.chain_id,
        rewards.period_id,
        periods.starts_at,
        rewards.validator_key,
        rewards.staker_key,
        rewards.withdrawer_address,
        {{ to_base_units('rewards.active_stake_native', 'chains.native_decimals') }} as active_stake_base_units,
        {{ to_base_units('rewards.rewards_native', 'chains.native_decimals') }} as reward_base_units,
        {{ to_base_units('rewards.commission_native', 'chains.native_decimals') }} as commission_base_units
    from {{ ref('stake_rewards') }} as rewards
    inner join {{ ref('periods') }} as periods
        on
            rewards.chain_id = periods.chain_id
            and rewards.period_id = periods.period_id
            and {{ in_scope('periods.period_id') }}
    inner join {{ ref('chains') }} as chains on rewards.chain_id = chains.chain_id
    where
        {{ in_scope('rewards.period_id') }}
        and rewards.staker_key <> '*'
        and (
            rewards.staker_key in (select touched_wallets.address from touched_wallets)
            or rewards.withdrawer_address in (select touched_wallets.address from touched_wallets)
        )
),

client_stakers as (
    select
        stakers.*,
        coalesce(named.partner_id, authorities.partner_id) as partner_id
    from stakers
    {{ join_client_wallets('stakers') }}
    where named.partner_id is not null or authorities.partner_id is not null
),

-- Summed before anything is joined to it: of a million accounts, few cells remain.
client_sums as materialized (
    select
        partner_id,
        chain_id,
        period_id,
        validator_key,
        count(*) as client_count,
        coalesce(sum(active_stake_base_units), 0) as active_stake_base_units,
        case when bool_and(reward_base_units is not null) then sum(reward_base_units) end as reward_base_units,
        case when bool_and(commission_base_units is not null) then sum(commission_base_units) end
            as commission_base_units
    from client_stakers
    where {{ in_partner_scope('partner_id', 'period_id') }}
    group by partner_id, chain_id, period_id, validator_key
),

-- Whoever has nothing agreed yet earns on no client.
agreed_periods as materialized (
    select distinct
        partner_id,
        chain_id,
        period_id
    from {{ ref('int_commissions__terms') }}
    where {{ in_scope('period_id') }}
)

select
    client_sums.partner_id::text as partner_id,
    client_sums.chain_id::text as chain_id,
    client_sums.period_id::bigint as period_id,
    client_sums.validator_key::text as validator_key,
    client_sums.client_count::bigint as client_count,
    -- An account that the period's list does not name has no stake of it.
    client_sums.active_stake_base_units::numeric(38, 0) as active_stake_base_units,
    client_sums.reward_base_units::numeric(38, 0) as reward_base_units,
    client_sums.commission_base_units::numeric(38, 0) as commission_base_units
from client_sums
inner join agreed_periods
    on
        client_sums.partner_id = agreed_periods.partner_id
        and client_sums.chain_id = agreed_periods.chain_id
        and client_sums.period_id = agreed_periods.period_id
