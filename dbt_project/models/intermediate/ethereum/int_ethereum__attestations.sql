{{ config(
    meta={'compares_with_before': true},
    indexes=[{'columns': ['period_id']}],
    post_hook="{{ touch_neighbours('REWARDS', days_after_changed_ones()) }}",
) }}

-- What a beacon node says of attestations, epoch by epoch: of several answers that name a validator the one last seen.
select distinct on (rewards.chain_id, rewards.period_id, rewards.provider, validators.validator_key, rewards.epoch)
    rewards.chain_id,
    rewards.period_id,
    rewards.provider,
    validators.validator_key,
    rewards.epoch,
    rewards.attestation_wei,
    rewards.is_attestation_missed
from {{ ref('stg_beacon_node__attestation_rewards') }} as rewards
inner join {{ ref('stg_ops__payload_sightings') }} as sightings on rewards.payload_id = sightings.payload_id
inner join {{ ref('int_ethereum__validators') }} as validators
    on rewards.chain_id = validators.chain_id and rewards.validator_index = validators.validator_index
where {{ in_scope('rewards.period_id') }} and {{ in_scope('sightings.period_id') }} and sightings.is_counting
order by
    rewards.chain_id,
    rewards.period_id,
    rewards.provider,
    validators.validator_key,
    rewards.epoch,
    sightings.last_seen_at desc,
    rewards.payload_id collate "C"
