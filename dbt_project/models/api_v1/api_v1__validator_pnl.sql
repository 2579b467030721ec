{{ config(alias='validator_pnl') }}

select
    chain_id,
    period_id,
    validator_key,
    exec_fees_native,
    mev_tips_native,
    vote_rewards_native,
    commission_native,
    other_income_native,
    total_revenue_native,
    vote_cost_native,
    other_cost_native,
    total_cost_native,
    partner_commissions_native,
    net_native,
    is_finalized,
    is_complete,
    missing_data_types
from {{ ref('validator_pnl') }}
