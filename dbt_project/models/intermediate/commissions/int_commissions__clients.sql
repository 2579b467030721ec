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
)

select
    partner_id::text as partner_id,
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    count(*)::bigint as client_count,
    -- An account that the period's list does not name has no stake of it.
    coalesce(sum(active_stake_base_units), 0)::numeric(38, 0) as active_stake_base_units,
    case when bool_and(reward_base_units is not null) then sum(reward_base_units) end::numeric(38, 0)
        as reward_base_units,
    case when bool_and(commission_base_units is not null) then sum(commission_base_units) end::numeric(38, 0)
        as commission_base_units
from client_stakers
where {{ in_partner_scope('partner_id', 'period_id') }}
group by partner_id, chain_id, period_id, validator_key
