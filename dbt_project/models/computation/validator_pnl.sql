{{ config(indexes=[{'columns': ['period_id']}], meta={'scoped_by': 'period'}) }}

-- The P&L of each cell, last of all: revenue, costs, and what partners are owed of it.
with partner_commissions as (
    select
        chain_id,
        period_id,
        validator_key,
        sum(final_amount_native) as partner_commissions_native
    from {{ ref('partner_commission_lines') }}
    where {{ in_scope('period_id') }}
    group by chain_id, period_id, validator_key
)

select
    revenue.chain_id::text as chain_id,
    revenue.period_id::bigint as period_id,
    revenue.validator_key::text as validator_key,
    revenue.exec_fees_native::numeric(38, 18) as exec_fees_native,
    revenue.mev_tips_native::numeric(38, 18) as mev_tips_native,
    revenue.vote_rewards_native::numeric(38, 18) as vote_rewards_native,
    revenue.commission_native::numeric(38, 18) as commission_native,
    revenue.other_income_native::numeric(38, 18) as other_income_native,
    revenue.total_revenue_native::numeric(38, 18) as total_revenue_native,
    revenue.vote_cost_native::numeric(38, 18) as vote_cost_native,
    revenue.other_cost_native::numeric(38, 18) as other_cost_native,
    revenue.total_cost_native::numeric(38, 18) as total_cost_native,
    coalesce(commissions.partner_commissions_native, 0)::numeric(38, 18) as partner_commissions_native,
    (
        revenue.total_revenue_native - revenue.total_cost_native
        - coalesce(commissions.partner_commissions_native, 0)
    )::numeric(38, 18) as net_native,
    revenue.is_finalized::boolean as is_finalized,
    revenue.is_complete::boolean as is_complete,
    revenue.missing_data_types::text[] as missing_data_types
from {{ ref('validator_revenue') }} as revenue
left join partner_commissions as commissions
    on
        revenue.chain_id = commissions.chain_id
        and revenue.period_id = commissions.period_id
        and revenue.validator_key = commissions.validator_key
where {{ in_scope('revenue.period_id') }}
