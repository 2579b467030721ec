{{ config(indexes=[{'columns': ['period_id']}], meta={'scoped_by': 'partner'}) }}

-- What is known of each partner's clients among a validator's stakers, judged when the period starts.
with periods as (
    select
        chain_id,
        period_id,
        starts_at
    from {{ ref('periods') }}
    where {{ in_scope('period_id') }}
),

wallets as (
    select
        periods.chain_id,
        periods.period_id,
        wallets.partner_id,
        wallets.address,
        wallets.wallet_kind
    from periods
    inner join {{ ref('stg_app__partner_wallets') }} as wallets
        on
            periods.chain_id = wallets.chain_id
            and periods.starts_at >= wallets.valid_from
            and (wallets.valid_until is null or periods.starts_at < wallets.valid_until)
),

stakers as (
    select
        rewards.chain_id,
        rewards.period_id,
        rewards.validator_key,
        rewards.staker_key,
        rewards.withdrawer_address,
        chains.period_type,
        {{ to_base_units('rewards.active_stake_native', 'chains.native_decimals') }} as active_stake_base_units,
        {{ to_base_units('rewards.rewards_native', 'chains.native_decimals') }} as reward_base_units,
        {{ to_base_units('rewards.commission_native', 'chains.native_decimals') }} as commission_base_units
    from {{ ref('stake_rewards') }} as rewards
    inner join {{ ref('chains') }} as chains on rewards.chain_id = chains.chain_id
    where {{ in_scope('rewards.period_id') }} and rewards.staker_key <> '*'
),

-- A stake account named itself beats its withdraw authority, whoever named it.
client_stakers as (
    select
        wallets.partner_id,
        stakers.*
    from stakers
    inner join wallets
        on
            stakers.chain_id = wallets.chain_id
            and stakers.period_id = wallets.period_id
            and stakers.staker_key = wallets.address
            and wallets.wallet_kind in ('stake_account', 'withdrawal_address')
    where {{ in_partner_scope('wallets.partner_id', 'wallets.period_id') }}
    union all
    select
        wallets.partner_id,
        stakers.*
    from stakers
    inner join wallets
        on
            stakers.chain_id = wallets.chain_id
            and stakers.period_id = wallets.period_id
            and stakers.withdrawer_address = wallets.address
            and wallets.wallet_kind = 'withdrawer'
    where
        {{ in_partner_scope('wallets.partner_id', 'wallets.period_id') }}
        and not exists (
            select 1
            from wallets as named
            where
                named.wallet_kind = 'stake_account'
                and named.chain_id = stakers.chain_id
                and named.period_id = stakers.period_id
                and named.address = stakers.staker_key
        )
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
group by partner_id, chain_id, period_id, validator_key
