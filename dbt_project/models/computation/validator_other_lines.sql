{{ config(indexes=[{'columns': ['period_id']}]) }}

-- Costs, negative, and other income of the cells of a P&L: what providers tell, and what the operator recorded.
with recorded_lines as (
    select
        costs.chain_id,
        costs.period_id,
        costs.validator_key,
        costs.line_type,
        'recorded' as source,
        case when costs.line_type = 'OTHER_INCOME' then costs.amount_native else -costs.amount_native end
            as amount_native
    from {{ ref('stg_app__operating_costs') }} as costs
    inner join {{ ref('int_validator_periods') }} as cells
        on
            costs.chain_id = cells.chain_id
            and costs.period_id = cells.period_id
            and costs.validator_key = cells.validator_key
    where {{ in_scope('costs.period_id') }} and {{ in_scope('cells.period_id') }}
)

select
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    line_type::text as line_type,
    source::text as source,
    amount_native::numeric(38, 18) as amount_native
from {{ ref('other_lines') }}
where {{ in_scope('period_id') }}
union all
select
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    line_type::text as line_type,
    source::text as source,
    amount_native::numeric(38, 18) as amount_native
from recorded_lines
