{{ config(indexes=[{'columns': ['period_id']}]) }}

-- A validator's stake and status of a day by provider: its state at the day's first slot, else the view of the running
-- day.
select distinct on (chain_id, period_id, provider, validator_key)
    chain_id,
    period_id,
    provider,
    validator_key,
    payload_id,
    case
        when is_slashed then 'SLASHED'
        when status like 'active%' then 'ACTIVE'
        when status like 'pending%' or status = 'deposited' then 'PENDING'
        when status similar to '(exited|exiting|withdrawal)%' then 'EXITED'
        else upper(status)
    end as status,
    balance_wei,
    effective_balance_wei
from {{ ref('int_ethereum__views') }}
where {{ in_scope('period_id') }}
order by
    chain_id,
    period_id,
    provider,
    validator_key,
    view_order,
    last_seen_at desc,
    payload_id collate "C"
