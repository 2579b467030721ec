{{ config(indexes=[{'columns': ['period_id']}]) }}

-- The P&L of each cell. No agreement is in force yet: partners earn nothing.
select
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    exec_fees_native::numeric(38, 18) as exec_fees_native,
    mev_tips_native::numeric(38, 18) as mev_tips_native,
    vote_rewards_native::numeric(38, 18) as vote_rewards_native,
    commission_native::numeric(38, 18) as commission_native,
    other_income_native::numeric(38, 18) as other_income_native,
    total_revenue_native::numeric(38, 18) as total_revenue_native,
    vote_cost_native::numeric(38, 18) as vote_cost_native,
    other_cost_native::numeric(38, 18) as other_cost_native,
    total_cost_native::numeric(38, 18) as total_cost_native,
    0::numeric(38, 18) as partner_commissions_native,
    (total_revenue_native - total_cost_native)::numeric(38, 18) as net_native,
    is_finalized::boolean as is_finalized,
    is_complete::boolean as is_complete,
    missing_data_types::text[] as missing_data_types
from {{ ref('validator_revenue') }}
where {{ in_scope('period_id') }}
