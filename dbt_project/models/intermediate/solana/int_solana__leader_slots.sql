{{ config(indexes=[{'columns': ['period_id']}]) }}

select
    schedules.chain_id,
    schedules.period_id,
    periods.first_slot + slot_index.slot_index as slot,
    schedules.validator_key,
    schedules.leader_identity
from {{ ref('int_solana__leader_schedules') }} as schedules
inner join {{ ref('periods') }} as periods
    on schedules.chain_id = periods.chain_id and schedules.period_id = periods.period_id
inner join {{ ref('chains') }} as chains on schedules.chain_id = chains.chain_id
left join {{ ref('registered_validators') }} as registered
    on schedules.chain_id = registered.chain_id and schedules.validator_key = registered.validator_key
cross join lateral unnest(schedules.slot_indexes) as slot_index (slot_index)
where
    {{ in_scope('schedules.period_id') }}
    and {{ in_scope('periods.period_id') }}
    and schedules.validator_key is not null
    and (chains.tracks_all_validators or registered.validator_key is not null)
