{{ config(indexes=[{'columns': ['period_id']}], meta={'scoped_by': 'period'}) }}

-- The same P&L in long form, signed: Σ of a complete cell's lines is its net. An unknown component is a line without
-- amount.
with component_lines as (
    select
        revenue.chain_id,
        revenue.period_id,
        revenue.validator_key,
        line.line_type,
        'canonical' as source,
        line.amount_native,
        -- What a client's own addresses were paid for blocks is the client's: told, not counted.
        case when line.line_type = 'EXEC_FEES' then nullif(fees.client_fees_native, 0) end as memo_native
    from {{ ref('validator_revenue') }} as revenue
    inner join lateral (
        values
        ('EXEC_FEES', revenue.exec_fees_native),
        ('MEV_TIPS', revenue.mev_tips_native),
        ('VOTE_REWARDS', revenue.vote_rewards_native),
        ('COMMISSION', revenue.commission_native)
    ) as line (line_type, amount_native) on true
    left join {{ ref('validator_fees') }} as fees
        on
            revenue.chain_id = fees.chain_id
            and revenue.period_id = fees.period_id
            and revenue.validator_key = fees.validator_key
            and {{ in_scope('fees.period_id') }}
    where {{ in_scope('revenue.period_id') }}
),

-- Several sources of one type are one line, which names them.
other_lines as (
    select
        lines.chain_id,
        lines.period_id,
        lines.validator_key,
        lines.line_type,
        string_agg(lines.source, ', ' order by lines.source collate "C") as source,
        sum(lines.amount_native) as amount_native,
        null::numeric as memo_native
    from {{ ref('validator_other_lines') }} as lines
    inner join {{ ref('validator_revenue') }} as revenue
        on
            lines.chain_id = revenue.chain_id
            and lines.period_id = revenue.period_id
            and lines.validator_key = revenue.validator_key
    where {{ in_scope('lines.period_id') }} and {{ in_scope('revenue.period_id') }}
    group by lines.chain_id, lines.period_id, lines.validator_key, lines.line_type
),

commission_lines as (
    select
        lines.chain_id,
        lines.period_id,
        lines.validator_key,
        'PARTNER_COMMISSIONS' as line_type,
        'agreements' as source,
        -sum(lines.final_amount_native) as amount_native,
        null::numeric as memo_native
    from {{ ref('partner_commission_lines') }} as lines
    inner join {{ ref('validator_revenue') }} as revenue
        on
            lines.chain_id = revenue.chain_id
            and lines.period_id = revenue.period_id
            and lines.validator_key = revenue.validator_key
    where {{ in_scope('lines.period_id') }} and {{ in_scope('revenue.period_id') }}
    group by lines.chain_id, lines.period_id, lines.validator_key
),

all_lines as (
    select * from component_lines
    union all
    select * from other_lines
    union all
    select * from commission_lines
)

select
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    line_type::text as line_type,
    source::text as source,
    amount_native::numeric(38, 18) as amount_native,
    memo_native::numeric(38, 18) as memo_native
from all_lines
