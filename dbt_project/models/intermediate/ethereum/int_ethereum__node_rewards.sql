{{ config(indexes=[{'columns': ['period_id']}]) }}


-- Consensus income by duty as a beacon node tells it, epoch by epoch: attestations, the blocks proposed, and seats in
-- the sync committee. A part is null until it was answered.
with counting_payloads as (
    select
        payload_id,
        last_seen_at
    from {{ ref('stg_ops__payload_sightings') }}
    where
        {{ in_scope('period_id') }}
        and is_counting
        and endpoint in ('attestation_rewards', 'block_rewards', 'sync_committee_rewards')
),

node_days as (
    select distinct
        chain_id,
        period_id,
        provider
    from {{ ref('stg_beacon_node__attestation_rewards') }}
    where {{ in_scope('period_id') }}
),

asked_payloads as (
    select distinct on (rewards.payload_id)
        rewards.chain_id,
        rewards.period_id,
        rewards.provider,
        rewards.epoch,
        rewards.asked_validators
    from {{ ref('stg_beacon_node__attestation_rewards') }} as rewards
    inner join counting_payloads on rewards.payload_id = counting_payloads.payload_id
    where {{ in_scope('rewards.period_id') }}
    order by rewards.payload_id
),

asked_epochs as (
    select distinct
        asked_payloads.chain_id,
        asked_payloads.period_id,
        asked_payloads.provider,
        asked_payloads.epoch,
        identifiers.validator_key
    from asked_payloads
    cross join lateral jsonb_array_elements_text(asked_payloads.asked_validators) as asked (identifier)
    inner join {{ ref('int_ethereum__identifiers') }} as identifiers
        on asked_payloads.chain_id = identifiers.chain_id and lower(asked.identifier) = identifiers.identifier
),

epochs as (
    select
        duty_epochs.chain_id,
        duty_epochs.period_id,
        node_days.provider,
        duty_epochs.validator_key,
        duty_epochs.validator_index,
        duty_epochs.epoch,
        chains.slots_per_epoch,
        duty_epochs.is_active,
        duty_epochs.is_before_its_life
    from {{ ref('int_ethereum__duty_epochs') }} as duty_epochs
    inner join node_days on duty_epochs.chain_id = node_days.chain_id and duty_epochs.period_id = node_days.period_id
    inner join {{ ref('chains') }} as chains on duty_epochs.chain_id = chains.chain_id
    where {{ in_scope('duty_epochs.period_id') }}
),

proposed_slots as (
    select
        slots.chain_id,
        slots.period_id,
        slots.provider,
        slots.validator_key,
        slots.slot,
        rewards.proposal_wei
    from {{ ref('int_ethereum__duty_slots') }} as slots
    left join (
        select distinct on (rewards.chain_id, rewards.period_id, rewards.provider, rewards.slot)
            rewards.chain_id,
            rewards.period_id,
            rewards.provider,
            rewards.slot,
            rewards.proposal_wei
        from {{ ref('stg_beacon_node__block_rewards') }} as rewards
        inner join counting_payloads on rewards.payload_id = counting_payloads.payload_id
        where {{ in_scope('rewards.period_id') }}
        order by
            rewards.chain_id,
            rewards.period_id,
            rewards.provider,
            rewards.slot,
            counting_payloads.last_seen_at desc
    ) as rewards
        on
            slots.chain_id = rewards.chain_id
            and slots.period_id = rewards.period_id
            and slots.provider = rewards.provider
            and slots.slot = rewards.slot
    where {{ in_scope('slots.period_id') }} and coalesce(slots.is_block, true)
),

proposals as (
    select
        epochs.chain_id,
        epochs.period_id,
        epochs.provider,
        epochs.validator_key,
        epochs.epoch,
        bool_and(proposed_slots.proposal_wei is not null) as is_known,
        sum(proposed_slots.proposal_wei) as proposal_wei
    from epochs
    inner join proposed_slots
        on
            epochs.chain_id = proposed_slots.chain_id
            and epochs.period_id = proposed_slots.period_id
            and epochs.provider = proposed_slots.provider
            and epochs.validator_key = proposed_slots.validator_key
            and epochs.epoch = proposed_slots.slot / epochs.slots_per_epoch
    group by epochs.chain_id, epochs.period_id, epochs.provider, epochs.validator_key, epochs.epoch
),

sync_answers as (
    select
        rewards.payload_id,
        rewards.chain_id,
        rewards.period_id,
        rewards.provider,
        rewards.slot,
        rewards.slot / chains.slots_per_epoch as epoch,
        rewards.is_block,
        rewards.asked_validators,
        rewards.validator_index,
        rewards.sync_committee_wei
    from {{ ref('stg_beacon_node__sync_committee_rewards') }} as rewards
    inner join counting_payloads on rewards.payload_id = counting_payloads.payload_id
    inner join {{ ref('chains') }} as chains on rewards.chain_id = chains.chain_id
    where {{ in_scope('rewards.period_id') }}
),

-- A committee sits for 256 epochs, and the answer about one of its blocks names all of those asked that sit in it.
probed_payloads as (
    select distinct on (payload_id)
        chain_id,
        period_id,
        provider,
        epoch / 256 as committee,
        asked_validators
    from sync_answers
    where is_block
    order by payload_id
),

asked_committees as (
    select distinct
        probed_payloads.chain_id,
        probed_payloads.period_id,
        probed_payloads.provider,
        probed_payloads.committee,
        identifiers.validator_key
    from probed_payloads
    cross join lateral jsonb_array_elements_text(probed_payloads.asked_validators) as asked (identifier)
    inner join {{ ref('int_ethereum__identifiers') }} as identifiers
        on probed_payloads.chain_id = identifiers.chain_id and lower(asked.identifier) = identifiers.identifier
),

-- Several seats are several rows, or one that sums them: added up, either way.
seat_slots as (
    select
        chain_id,
        period_id,
        provider,
        validator_index,
        slot,
        epoch,
        sum(seat_wei) as sync_committee_wei
    from (
        select
            answers.chain_id,
            answers.period_id,
            answers.provider,
            answers.validator_index,
            answers.slot,
            answers.epoch,
            answers.sync_committee_wei as seat_wei,
            -- Of several answers that name a validator the one last seen speaks, with all its rows.
            dense_rank() over (
                partition by
                    answers.chain_id,
                    answers.period_id,
                    answers.provider,
                    answers.validator_index,
                    answers.slot
                order by counting_payloads.last_seen_at desc, answers.payload_id collate "C"
            ) as answer_rank
        from sync_answers as answers
        inner join counting_payloads on answers.payload_id = counting_payloads.payload_id
        where answers.validator_index is not null
    ) as ranked_answers
    where answer_rank = 1
    group by chain_id, period_id, provider, validator_index, slot, epoch
),

empty_slots as (
    select distinct
        chain_id,
        period_id,
        provider,
        slot,
        epoch
    from sync_answers
    where not is_block
),

seats as (
    select distinct
        chain_id,
        period_id,
        provider,
        validator_index,
        epoch / 256 as committee
    from seat_slots
),

seat_epochs as (
    select
        epochs.chain_id,
        epochs.period_id,
        epochs.provider,
        epochs.validator_key,
        epochs.epoch,
        epochs.slots_per_epoch,
        count(distinct seat_slots.slot) as rewarded_count,
        sum(seat_slots.sync_committee_wei) as sync_committee_wei
    from epochs
    inner join seats
        on
            epochs.chain_id = seats.chain_id
            and epochs.period_id = seats.period_id
            and epochs.provider = seats.provider
            and epochs.validator_index = seats.validator_index
            and epochs.epoch / 256 = seats.committee
    left join seat_slots
        on
            epochs.chain_id = seat_slots.chain_id
            and epochs.period_id = seat_slots.period_id
            and epochs.provider = seat_slots.provider
            and epochs.validator_index = seat_slots.validator_index
            and epochs.epoch = seat_slots.epoch
    group by
        epochs.chain_id,
        epochs.period_id,
        epochs.provider,
        epochs.validator_key,
        epochs.epoch,
        epochs.slots_per_epoch
),

empty_counts as (
    select
        chain_id,
        period_id,
        provider,
        epoch,
        count(*) as empty_count
    from empty_slots
    group by chain_id, period_id, provider, epoch
),

parts as (
    select
        epochs.chain_id,
        epochs.period_id,
        epochs.provider,
        epochs.validator_key,
        epochs.epoch,
        case
            when attestations.validator_key is not null then attestations.attestation_wei
            when epochs.is_before_its_life then 0
            -- Out of duty, and not named by an answer that was asked about it.
            when not epochs.is_active and asked_epochs.validator_key is not null then 0
        end as attestation_wei,
        case
            when proposals.validator_key is not null
                then case when proposals.is_known then proposals.proposal_wei end
            when answers.provider is not null or epochs.is_before_its_life then 0
        end as proposal_wei,
        case
            when seat_epochs.validator_key is not null
                then
                    case
                        when
                            seat_epochs.rewarded_count + coalesce(empty_counts.empty_count, 0) = epochs.slots_per_epoch
                            then coalesce(seat_epochs.sync_committee_wei, 0)
                    end
            when epochs.is_before_its_life then 0
            when asked_committees.validator_key is not null then 0
        end as sync_committee_wei,
        case when epochs.is_active then attestations.is_attestation_missed end as is_attestation_missed
    from epochs
    left join {{ ref('int_ethereum__attestations') }} as attestations
        on
            epochs.chain_id = attestations.chain_id
            and epochs.period_id = attestations.period_id
            and epochs.provider = attestations.provider
            and epochs.validator_key = attestations.validator_key
            and epochs.epoch = attestations.epoch
            and {{ in_scope('attestations.period_id') }}
    left join asked_epochs
        on
            epochs.chain_id = asked_epochs.chain_id
            and epochs.period_id = asked_epochs.period_id
            and epochs.provider = asked_epochs.provider
            and epochs.validator_key = asked_epochs.validator_key
            and epochs.epoch = asked_epochs.epoch
    left join asked_committees
        on
            epochs.chain_id = asked_committees.chain_id
            and epochs.period_id = asked_committees.period_id
            and epochs.provider = asked_committees.provider
            and epochs.validator_key = asked_committees.validator_key
            and epochs.epoch / 256 = asked_committees.committee
    left join proposals
        on
            epochs.chain_id = proposals.chain_id
            and epochs.period_id = proposals.period_id
            and epochs.provider = proposals.provider
            and epochs.validator_key = proposals.validator_key
            and epochs.epoch = proposals.epoch
    left join {{ ref('int_ethereum__proposer_days') }} as answers
        on
            epochs.chain_id = answers.chain_id
            and epochs.period_id = answers.period_id
            and epochs.validator_key = answers.validator_key
            and epochs.provider = answers.provider
            and {{ in_scope('answers.period_id') }}
    left join seat_epochs
        on
            epochs.chain_id = seat_epochs.chain_id
            and epochs.period_id = seat_epochs.period_id
            and epochs.provider = seat_epochs.provider
            and epochs.validator_key = seat_epochs.validator_key
            and epochs.epoch = seat_epochs.epoch
    left join empty_counts
        on
            epochs.chain_id = empty_counts.chain_id
            and epochs.period_id = empty_counts.period_id
            and epochs.provider = empty_counts.provider
            and epochs.epoch = empty_counts.epoch
)

select
    chain_id,
    period_id,
    provider,
    validator_key,
    epoch,
    attestation_wei::numeric(38, 0) as attestation_wei,
    proposal_wei::numeric(38, 0) as proposal_wei,
    sync_committee_wei::numeric(38, 0) as sync_committee_wei,
    is_attestation_missed
from parts
