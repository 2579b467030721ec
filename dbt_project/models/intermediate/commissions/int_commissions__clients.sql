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

-- Whoever has nothing agreed yet earns on no client.
agreed_periods as (
    select distinct
        partner_id,
        chain_id,
        period_id
    from {{ ref('int_commissions__terms') }}
    where {{ in_partner_scope('partner_id', 'period_id') }}
),

client_stakers as (
    select
        stakers.*,
        coalesce(named.partner_id, authorities.partner_id) as partner_id
    from stakers
    {{ join_client_wallets('stakers') }}
    where named.partner_id is not null or authorities.partner_id is not null
)

select
    clients.partner_id::text as partner_id,
    clients.chain_id::text as chain_id,
    clients.period_id::bigint as period_id,
    clients.validator_key::text as validator_key,
    count(*)::bigint as client_count,
    -- An account that the period's list does not name has no stake of it.
    coalesce(sum(clients.active_stake_base_units), 0)::numeric(38, 0) as active_stake_base_units,
    case
        when bool_and(clients.reward_base_units is not null) then sum(clients.reward_base_units)
    end::numeric(38, 0) as reward_base_units,
    case
        when bool_and(clients.commission_base_units is not null) then sum(clients.commission_base_units)
    end::numeric(38, 0) as commission_base_units
from client_stakers as clients
inner join agreed_periods
    on
        clients.partner_id = agreed_periods.partner_id
        and clients.chain_id = agreed_periods.chain_id
        and clients.period_id = agreed_periods.period_id
group by clients.partner_id, clients.chain_id, clients.period_id, clients.validator_key
