{{ config(indexes=[{'columns': ['period_id']}]) }}

with priority_fees as (
    -- What the validator passed on to its stakers out of its fees, as Jito's list of the epoch says: a cost.
    select
        tips.chain_id,
        tips.period_id,
        tips.validator_key,
        'PRIORITY_FEES_SHARED' as line_type,
        tips.provider as source,
        -tips.priority_fee_revenue_lamports as amount_lamports
    from {{ ref('int_solana__tips') }} as tips
    inner join {{ ref('validator_mev') }} as mev
        on
            tips.chain_id = mev.chain_id
            and tips.period_id = mev.period_id
            and tips.validator_key = mev.validator_key
            and tips.provider = mev.source_provider
    where
        {{ in_scope('tips.period_id') }}
        and {{ in_scope('mev.period_id') }}
        and tips.priority_fee_revenue_lamports > 0
),

unknown_rewards as (
    select
        rewards.chain_id,
        rewards.period_id,
        rewards.validator_key,
        'OTHER_INCOME' as line_type,
        'reward:' || rewards.reward_type as source,
        sum(rewards.reward_lamports) as amount_lamports
    from {{ ref('int_solana__unknown_rewards') }} as rewards
    inner join {{ ref('int_validator_periods') }} as cells
        on
            rewards.chain_id = cells.chain_id
            and rewards.period_id = cells.period_id
            and rewards.validator_key = cells.validator_key
    where {{ in_scope('rewards.period_id') }} and {{ in_scope('cells.period_id') }}
    group by rewards.chain_id, rewards.period_id, rewards.validator_key, rewards.reward_type
),

lines as (
    select * from priority_fees
    union all
    select * from unknown_rewards
)

select
    lines.chain_id::text as chain_id,
    lines.period_id::bigint as period_id,
    lines.validator_key::text as validator_key,
    lines.line_type::text as line_type,
    lines.source::text as source,
    {{ to_native('lines.amount_lamports', 'chains.native_decimals') }} as amount_native
from lines
inner join {{ ref('chains') }} as chains on lines.chain_id = chains.chain_id
