{{ config(indexes=[{'columns': ['period_id']}]) }}

-- The leader schedule that counts for each epoch, with the vote account each leader stands for.
with counting_payloads as (
    select
        payload_id,
        last_seen_at
    from {{ ref('stg_ops__payload_sightings') }}
    where {{ in_scope('period_id') }} and is_counting and endpoint = 'get_leader_schedule'
),

priorities as (
    select
        chain_id,
        provider,
        min(priority) as priority
    from {{ ref('chain_provider_mappings') }}
    group by chain_id, provider
),

counting_schedules as (
    select distinct on (schedules.chain_id, schedules.period_id)
        schedules.chain_id,
        schedules.period_id,
        schedules.payload_id
    from {{ ref('stg_solana_rpc__leader_schedules') }} as schedules
    inner join counting_payloads on schedules.payload_id = counting_payloads.payload_id
    left join priorities
        on schedules.chain_id = priorities.chain_id and schedules.provider = priorities.provider
    where {{ in_scope('schedules.period_id') }}
    order by
        schedules.chain_id,
        schedules.period_id,
        priorities.priority nulls last,
        counting_payloads.last_seen_at desc,
        schedules.payload_id collate "C"
)

select
    schedules.chain_id,
    schedules.period_id,
    schedules.leader_identity,
    schedules.payload_id,
    schedules.provider,
    schedules.slot_indexes,
    coalesce(from_then_on.validator_key, last_before.validator_key, itself.validator_key) as validator_key
from {{ ref('stg_solana_rpc__leader_schedules') }} as schedules
inner join counting_schedules
    on
        schedules.chain_id = counting_schedules.chain_id
        and schedules.period_id = counting_schedules.period_id
        and schedules.payload_id = counting_schedules.payload_id
-- The schedule of E is fixed from the vote accounts at the start of E−1.
left join lateral (
    select identities.validator_key
    from {{ ref('int_solana__identities') }} as identities
    where
        identities.chain_id = schedules.chain_id
        and identities.identity = schedules.leader_identity
        and identities.period_id >= schedules.period_id - 1
    order by identities.period_id
    limit 1
) as from_then_on on true
left join lateral (
    select identities.validator_key
    from {{ ref('int_solana__identities') }} as identities
    where
        identities.chain_id = schedules.chain_id
        and identities.identity = schedules.leader_identity
        and identities.period_id < schedules.period_id - 1
    order by identities.period_id desc
    limit 1
) as last_before on true
-- Newer nodes can answer a schedule by vote account.
left join {{ ref('registered_validators') }} as itself
    on schedules.chain_id = itself.chain_id and schedules.leader_identity = itself.validator_key
where {{ in_scope('schedules.period_id') }}
