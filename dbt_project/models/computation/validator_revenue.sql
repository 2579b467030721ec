{{ config(indexes=[{'columns': ['period_id']}]) }}

-- Revenue and costs of each cell. What was not answered is null, and so is every total over it.
with other_totals as (
    select
        chain_id,
        period_id,
        validator_key,
        coalesce(sum(amount_native) filter (where line_type = 'OTHER_INCOME'), 0) as other_income_native,
        coalesce(-sum(amount_native) filter (where line_type = 'VOTE_COSTS'), 0) as vote_cost_native,
        coalesce(
            -sum(amount_native) filter (where line_type not in ('OTHER_INCOME', 'VOTE_COSTS')), 0
        ) as other_cost_native
    from {{ ref('validator_other_lines') }}
    where {{ in_scope('period_id') }}
    group by chain_id, period_id, validator_key
),

components as (
    select
        cells.chain_id,
        cells.period_id,
        cells.validator_key,
        periods.is_finalized,
        fees.total_fees_native as exec_fees_native,
        mev.validator_mev_native as mev_tips_native,
        rewards.vote_rewards_native,
        rewards.commission_native,
        coalesce(other_totals.other_income_native, 0) as other_income_native,
        coalesce(other_totals.vote_cost_native, 0) as vote_cost_native,
        -- What was passed on to stakers is in the list of tips: without it the cost is unknown too.
        case
            when mev.validator_key is not null then coalesce(other_totals.other_cost_native, 0)
        end as other_cost_native
    from {{ ref('int_validator_periods') }} as cells
    inner join {{ ref('periods') }} as periods
        on cells.chain_id = periods.chain_id and cells.period_id = periods.period_id
    left join {{ ref('validator_fees') }} as fees
        on
            cells.chain_id = fees.chain_id
            and cells.period_id = fees.period_id
            and cells.validator_key = fees.validator_key
            and {{ in_scope('fees.period_id') }}
    left join {{ ref('validator_mev') }} as mev
        on
            cells.chain_id = mev.chain_id
            and cells.period_id = mev.period_id
            and cells.validator_key = mev.validator_key
            and {{ in_scope('mev.period_id') }}
    left join {{ ref('validator_rewards') }} as rewards
        on
            cells.chain_id = rewards.chain_id
            and cells.period_id = rewards.period_id
            and cells.validator_key = rewards.validator_key
            and {{ in_scope('rewards.period_id') }}
    left join other_totals
        on
            cells.chain_id = other_totals.chain_id
            and cells.period_id = other_totals.period_id
            and cells.validator_key = other_totals.validator_key
    where {{ in_scope('cells.period_id') }} and {{ in_scope('periods.period_id') }}
),

completeness as (
    select
        components.*,
        array_remove(
            array[
                case when components.exec_fees_native is null then 'FEES' end,
                case when components.mev_tips_native is null or components.other_cost_native is null then 'MEV' end,
                case
                    when components.commission_native is null or components.vote_rewards_native is null then 'REWARDS'
                end
            ],
            null
        ) as missing_data_types
    from components
)

select
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    exec_fees_native::numeric(38, 18) as exec_fees_native,
    mev_tips_native::numeric(38, 18) as mev_tips_native,
    vote_rewards_native::numeric(38, 18) as vote_rewards_native,
    commission_native::numeric(38, 18) as commission_native,
    other_income_native::numeric(38, 18) as other_income_native,
    (
        exec_fees_native + mev_tips_native + vote_rewards_native + commission_native + other_income_native
    )::numeric(38, 18) as total_revenue_native,
    vote_cost_native::numeric(38, 18) as vote_cost_native,
    other_cost_native::numeric(38, 18) as other_cost_native,
    (vote_cost_native + other_cost_native)::numeric(38, 18) as total_cost_native,
    is_finalized::boolean as is_finalized,
    (cardinality(missing_data_types) = 0)::boolean as is_complete,
    missing_data_types::text[] as missing_data_types
from completeness
