{{ config(indexes=[{'columns': ['period_id']}]) }}


-- What relays say of a slot, by provider: the payloads delivered in it, several relays' word for one counted once, and,
-- with an empty hash, whether everybody who could have delivered it was asked.
with counting_payloads as (
    select
        payload_id,
        chain_id,
        period_id,
        provider
    from {{ ref('stg_ops__payload_sightings') }}
    where
        {{ in_scope('period_id') }}
        and is_counting
        and endpoint in ('proposer_payload_delivered', 'block_rewards')
),

relay_traces as (
    select
        traces.chain_id,
        traces.period_id,
        traces.provider,
        traces.slot,
        traces.relay_host,
        traces.block_hash,
        traces.proposer_fee_recipient,
        traces.claimed_wei
    from {{ ref('stg_mev_relay__payloads_delivered') }} as traces
    inner join counting_payloads on traces.payload_id = counting_payloads.payload_id
    where {{ in_scope('traces.period_id') }}
),

-- Relays that differ about one payload: the first in order of their names speaks.
relay_deliveries as (
    select distinct on (chain_id, period_id, provider, slot, block_hash)
        chain_id,
        period_id,
        provider,
        slot,
        block_hash,
        proposer_fee_recipient,
        claimed_wei
    from relay_traces
    where block_hash is not null
    order by chain_id, period_id, provider, slot, block_hash, relay_host collate "C", claimed_wei
),

relay_counts as (
    select
        chain_id,
        period_id,
        provider,
        slot,
        count(distinct relay_host) as host_count
    from relay_traces
    group by chain_id, period_id, provider, slot
),

explorer_answers as (
    select
        rewards.chain_id,
        rewards.period_id,
        rewards.provider,
        rewards.slot,
        rewards.block_hash,
        rewards.has_relay,
        rewards.mev_recipient,
        rewards.mev_wei
    from {{ ref('stg_beaconchain__block_rewards') }} as rewards
    inner join counting_payloads on rewards.payload_id = counting_payloads.payload_id
    where {{ in_scope('rewards.period_id') }} and rewards.slot is not null
),

deliveries as (
    select
        chain_id,
        period_id,
        provider,
        slot,
        block_hash,
        proposer_fee_recipient,
        claimed_wei,
        true as is_answered
    from relay_deliveries
    union all
    select
        relay_counts.chain_id,
        relay_counts.period_id,
        relay_counts.provider,
        relay_counts.slot,
        '' as block_hash,
        null as proposer_fee_recipient,
        null as claimed_wei,
        relay_counts.host_count >= providers.host_count as is_answered
    from relay_counts
    inner join {{ ref('providers') }} as providers on relay_counts.provider = providers.provider
    union all
    select
        chain_id,
        period_id,
        provider,
        slot,
        coalesce(block_hash, '') as block_hash,
        mev_recipient as proposer_fee_recipient,
        mev_wei as claimed_wei,
        true as is_answered
    from explorer_answers
    where has_relay and block_hash is not null
    union all
    select
        chain_id,
        period_id,
        provider,
        slot,
        '' as block_hash,
        null as proposer_fee_recipient,
        null as claimed_wei,
        true as is_answered
    from explorer_answers
)

select
    chain_id,
    period_id,
    provider,
    slot,
    block_hash,
    proposer_fee_recipient,
    claimed_wei::numeric(38, 0) as claimed_wei,
    is_answered
from deliveries
