{{ config(indexes=[{'columns': ['period_id']}, {'columns': ['leader_identity', 'period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        {{ as_jsonb('payload') }} as body
    from {{ source('staging_solana_rpc', 'get_leader_schedule') }}
    where {{ in_scope('period_id') }}
),

schedules as (
    select
        source.payload_id,
        source.chain_id,
        source.provider,
        source.period_id,
        leader.leader_identity,
        leader.slot_indexes
    from source
    -- A node that no longer knows the epoch answers null: such an answer has no rows here.
    cross join lateral jsonb_each(
        case when jsonb_typeof(source.body -> 'result') = 'object' then source.body -> 'result' else '{}'::jsonb end
    ) as leader (leader_identity, slot_indexes)
)

select
    payload_id,
    chain_id,
    provider,
    period_id,
    leader_identity,
    array(
        select slot_index.slot_index::bigint
        from jsonb_array_elements_text(schedules.slot_indexes) as slot_index (slot_index)
    ) as slot_indexes
from schedules
