{{ config(meta={'dagster': {'ref': {'name': 'validator_pnl'}}}) }}

-- Every loaded period of every tracked validator, from its first to its last seen period, has its row in the P&L, and
-- no other has one: a gap would read as a period without income.
with cells as (
    select
        loaded.chain_id,
        loaded.period_id,
        validators.validator_key
    from {{ ref('int_loaded_periods') }} as loaded
    inner join {{ ref('periods') }} as periods
        on loaded.chain_id = periods.chain_id and loaded.period_id = periods.period_id
    inner join {{ ref('validators') }} as validators on loaded.chain_id = validators.chain_id
    where
        {{ tested_periods('loaded.period_id', 'validator_pnl') }}
        and {{ tested_periods('periods.period_id', 'validator_pnl') }}
        and loaded.period_id between validators.first_seen_period and validators.last_seen_period
),

pnl as (
    select
        chain_id,
        period_id,
        validator_key
    from {{ ref('validator_pnl') }}
    where {{ tested_periods('period_id', 'validator_pnl') }}
)

select
    coalesce(cells.chain_id, pnl.chain_id) as chain_id,
    coalesce(cells.period_id, pnl.period_id) as period_id,
    coalesce(cells.validator_key, pnl.validator_key) as validator_key,
    pnl.validator_key is not null as has_pnl
from cells
full outer join pnl
    on
        cells.chain_id = pnl.chain_id
        and cells.period_id = pnl.period_id
        and cells.validator_key = pnl.validator_key
where cells.validator_key is null or pnl.validator_key is null
