{{ config(indexes=[{'columns': ['period_id']}]) }}

-- The cells of a P&L: every loaded period of every tracked validator from its first to its last seen period.
select
    loaded.chain_id,
    loaded.period_id,
    validators.validator_key
from {{ ref('int_loaded_periods') }} as loaded
inner join {{ ref('periods') }} as periods
    on loaded.chain_id = periods.chain_id and loaded.period_id = periods.period_id
inner join {{ ref('validators') }} as validators on loaded.chain_id = validators.chain_id
where
    {{ in_scope('loaded.period_id') }}
    and {{ in_scope('periods.period_id') }}
    and loaded.period_id between validators.first_seen_period and validators.last_seen_period
