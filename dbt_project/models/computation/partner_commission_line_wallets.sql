{{ config(materialized='view') }}

-- A line broken down to the stake accounts that it comes from. Every window is within a line and carries what people
-- filter by, so that Postgres computes the lines asked for and no others.
with lines as (
    select
        lines.line_id,
        lines.partner_id,
        lines.chain_id,
        lines.period_id,
        lines.validator_key,
        periods.starts_at,
        chains.native_decimals,
        case
            when lines.weight_basis = 'STAKE_OBSERVED' then 'ACTIVE_STAKE'
            when lines.weight_basis = 'REWARD_APPORTIONED' or claims.base_source = 'CLIENT_REWARDS' then 'REWARDS'
            -- A day's validator has one staker.
            when chains.period_type = 'DAY' then 'REWARDS'
            else 'COMMISSION'
        end as weight_kind,
        {{ to_base_units('lines.final_amount_native', 'chains.native_decimals') }} as final_base_units
    from {{ ref('partner_commission_lines') }} as lines
    inner join {{ ref('commission_claims') }} as claims
        on
            lines.agreement_id = claims.agreement_id
            and lines.rule_key = claims.rule_key
            and lines.chain_id = claims.chain_id
            and lines.period_id = claims.period_id
            and lines.validator_key = claims.validator_key
            and lines.revenue_component = claims.revenue_component
    inner join {{ ref('periods') }} as periods
        on lines.chain_id = periods.chain_id and lines.period_id = periods.period_id
    inner join {{ ref('chains') }} as chains on lines.chain_id = chains.chain_id
    where lines.weight_basis is not null or lines.attribution_basis is not null
),

stakers as (
    select
        lines.*,
        rewards.staker_key,
        rewards.withdrawer_address,
        -- What is not known weighs nothing, and rewards of a day can be negative.
        coalesce(abs({{ to_base_units(
            "case lines.weight_kind
                when 'ACTIVE_STAKE' then rewards.active_stake_native
                when 'REWARDS' then rewards.rewards_native
                else rewards.commission_native
            end",
            'lines.native_decimals'
        ) }}), 0) as weight_base_units
    from lines
    inner join {{ ref('stake_rewards') }} as rewards
        on
            lines.chain_id = rewards.chain_id
            and lines.period_id = rewards.period_id
            and lines.validator_key = rewards.validator_key
    where rewards.staker_key <> '*'
),

client_stakers as (
    select
        stakers.*,
        case when named.partner_id is not null then named.address else authorities.address end as wallet_address,
        case
            when named.partner_id is not null then named.wallet_kind
            else authorities.wallet_kind
        end as wallet_kind
    from stakers
    {{ join_client_wallets('stakers') }}
    where coalesce(named.partner_id, authorities.partner_id) = stakers.partner_id
),

-- Where no account weighs anything, they share equally.
weighed_stakers as (
    select
        client_stakers.*,
        case
            when sum(client_stakers.weight_base_units) over line = 0 then 1
            else client_stakers.weight_base_units
        end as share_weight
    from client_stakers
    window line as (
        partition by
            client_stakers.line_id, client_stakers.partner_id, client_stakers.chain_id, client_stakers.period_id,
            client_stakers.validator_key
    )
)

select
    shared.line_id::text as line_id,
    shared.partner_id::text as partner_id,
    shared.chain_id::text as chain_id,
    shared.period_id::bigint as period_id,
    shared.validator_key::text as validator_key,
    shared.staker_key::text as staker_key,
    shared.wallet_address::text as wallet_address,
    shared.wallet_kind::text as wallet_kind,
    shared.weight_kind::text as weight_kind,
    shared.weight_base_units::numeric(38, 0) as weight_base_units,
    {{ to_native('shared.share', 'shared.native_decimals') }} as final_amount_native
from {{ largest_remainder(
    'weighed_stakers', 'final_base_units', 'share_weight', 'staker_key',
    'line_id, partner_id, chain_id, period_id, validator_key'
) }} as shared
