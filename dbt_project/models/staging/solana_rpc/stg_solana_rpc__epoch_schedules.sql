{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        {{ as_jsonb('payload') }} as body
    from {{ source('staging_solana_rpc', 'get_epoch_schedule') }}
    where {{ in_scope('period_id') }}
)

select
    payload_id,
    chain_id,
    provider,
    period_id,
    (body #>> '{result,slotsPerEpoch}')::bigint as slots_per_epoch,
    (body #>> '{result,firstNormalEpoch}')::bigint as first_normal_epoch,
    (body #>> '{result,firstNormalSlot}')::bigint as first_normal_slot
from source
where body is not null
