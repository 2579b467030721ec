{{ config(indexes=[{'columns': ['period_id']}]) }}

-- The observed commission, shared over the vote account's stake accounts in proportion to their rewards; all zero (at
-- 100 %): to their observed active stake. By largest remainder, ties by address.
with stakers as (
    select
        stakers.chain_id,
        stakers.period_id,
        stakers.validator_key,
        stakers.stake_pubkey,
        stakers.reward_lamports,
        stakers.active_stake_lamports,
        commissions.commission_lamports,
        sum(stakers.reward_lamports) over cell as reward_total,
        sum(stakers.active_stake_lamports) over cell as active_stake_total,
        bool_or(stakers.reward_lamports is null) over cell as has_unanswered_reward
    from {{ ref('int_solana__stakers') }} as stakers
    left join {{ ref('int_solana__commissions') }} as commissions
        on
            stakers.chain_id = commissions.chain_id
            and stakers.period_id = commissions.period_id
            and stakers.validator_key = commissions.validator_key
            and {{ in_scope('commissions.period_id') }}
    where {{ in_scope('stakers.period_id') }}
    window cell as (partition by stakers.chain_id, stakers.period_id, stakers.validator_key)
),

weighted_stakers as (
    select
        chain_id,
        period_id,
        validator_key,
        stake_pubkey,
        commission_lamports,
        case
            when has_unanswered_reward then null::numeric
            when reward_total > 0 then reward_lamports
            -- Nothing to share out needs no weights.
            when commission_lamports = 0 then 1
            when active_stake_total > 0 then coalesce(active_stake_lamports, 0)
        end as commission_weight
    from stakers
)

select
    shared.chain_id,
    shared.period_id,
    shared.validator_key,
    shared.stake_pubkey,
    shared.share::numeric(38, 0) as commission_lamports
from {{ largest_remainder(
    'weighted_stakers', 'commission_lamports', 'commission_weight', 'stake_pubkey', 'chain_id, period_id, validator_key'
) }} as shared
