{{ config(meta={'dagster': {'ref': {'name': 'validator_pnl'}}}) }}

-- Nothing is lost or made on the way from canonical to the P&L: each component of a cell is the canonical value, known
-- where that is known.
with stated as (
    select
        pnl.chain_id,
        pnl.period_id,
        pnl.validator_key,
        component.component,
        component.amount_native
    from {{ ref('validator_pnl') }} as pnl
    cross join lateral (
        values
        ('EXEC_FEES', pnl.exec_fees_native),
        ('MEV_TIPS', pnl.mev_tips_native),
        ('COMMISSION', pnl.commission_native),
        ('VOTE_REWARDS', pnl.vote_rewards_native),
        ('OTHER', pnl.other_income_native - pnl.vote_cost_native - pnl.other_cost_native)
    ) as component (component, amount_native)
    where {{ tested_periods('pnl.period_id', 'validator_pnl') }}
),

agreed as (
    select
        chain_id,
        period_id,
        validator_key,
        'EXEC_FEES' as component,
        total_fees_native as amount_native
    from {{ ref('validator_fees') }}
    where {{ tested_periods('period_id', 'validator_pnl') }}
    union all
    select
        chain_id,
        period_id,
        validator_key,
        'MEV_TIPS' as component,
        validator_mev_native as amount_native
    from {{ ref('validator_mev') }}
    where {{ tested_periods('period_id', 'validator_pnl') }}
    union all
    select
        chain_id,
        period_id,
        validator_key,
        'COMMISSION' as component,
        commission_native as amount_native
    from {{ ref('validator_rewards') }}
    where {{ tested_periods('period_id', 'validator_pnl') }}
    union all
    select
        chain_id,
        period_id,
        validator_key,
        'VOTE_REWARDS' as component,
        vote_rewards_native as amount_native
    from {{ ref('validator_rewards') }}
    where {{ tested_periods('period_id', 'validator_pnl') }}
    union all
    select
        chain_id,
        period_id,
        validator_key,
        'OTHER' as component,
        sum(amount_native) as amount_native
    from {{ ref('validator_other_lines') }}
    where {{ tested_periods('period_id', 'validator_pnl') }}
    group by chain_id, period_id, validator_key
)

select
    stated.chain_id,
    stated.period_id,
    stated.validator_key,
    stated.component,
    stated.amount_native as stated_native,
    agreed.amount_native as agreed_native
from stated
left join agreed
    on
        stated.chain_id = agreed.chain_id
        and stated.period_id = agreed.period_id
        and stated.validator_key = agreed.validator_key
        and stated.component = agreed.component
where
    case
        -- Sums over lines that may be none: zero is known, and what is unknown has no sum here.
        when stated.component = 'OTHER'
            then stated.amount_native <> coalesce(agreed.amount_native, 0)
        else stated.amount_native is distinct from agreed.amount_native
    end
