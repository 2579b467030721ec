{{ config(meta={'dagster': {'ref': {'name': 'validator_pnl_lines'}}}) }}

-- The long form of a complete cell has an amount in every line, and they sum to its net.
select
    pnl.chain_id,
    pnl.period_id,
    pnl.validator_key,
    pnl.net_native,
    sum(lines.amount_native) as summed_native
from {{ ref('validator_pnl') }} as pnl
left join {{ ref('validator_pnl_lines') }} as lines
    on
        pnl.chain_id = lines.chain_id
        and pnl.period_id = lines.period_id
        and pnl.validator_key = lines.validator_key
        and {{ tested_periods('lines.period_id', 'validator_pnl') }}
where {{ tested_periods('pnl.period_id', 'validator_pnl') }} and pnl.is_complete
group by pnl.chain_id, pnl.period_id, pnl.validator_key, pnl.net_native
having count(lines.amount_native) <> count(*) or sum(lines.amount_native) is distinct from pnl.net_native
