{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        {{ as_jsonb('payload') }} as body
    from {{ source('staging_solana_rpc', 'get_epoch_info') }}
    where {{ in_scope('period_id') }}
)

select
    payload_id,
    chain_id,
    provider,
    period_id,
    (body #>> '{result,epoch}')::bigint as head_epoch,
    (body #>> '{result,absoluteSlot}')::bigint as head_slot,
    (body #>> '{result,slotsInEpoch}')::bigint as slots_in_epoch
from source
where body is not null
