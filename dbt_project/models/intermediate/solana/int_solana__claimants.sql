{{ config(indexes=[{'columns': ['period_id']}]) }}

-- The stake accounts that Jito's payout of an epoch names; the validator's and the protocol's own rows have no stake
-- authority of their own.
with counting_payloads as (
    select payload_id
    from {{ ref('stg_ops__payload_sightings') }}
    where {{ in_scope('period_id') }} and is_counting and endpoint = 'staker_rewards'
),

complete_lists as (
    select
        rewards.chain_id,
        rewards.period_id,
        rewards.validator_key
    from {{ ref('stg_jito__staker_rewards') }} as rewards
    inner join counting_payloads on rewards.payload_id = counting_payloads.payload_id
    where {{ in_scope('rewards.period_id') }}
    group by rewards.chain_id, rewards.period_id, rewards.validator_key
    having
        count(distinct rewards.page) = max(rewards.page)
        and bool_or(rewards.row_count < rewards.page_limit)
        and count(rewards.claimant) > 0
)

select
    rewards.chain_id,
    rewards.period_id,
    rewards.validator_key,
    rewards.claimant as stake_pubkey,
    min(rewards.withdraw_authority) as withdrawer_pubkey,
    bool_or(complete_lists.validator_key is not null) as is_complete_list
from {{ ref('stg_jito__staker_rewards') }} as rewards
inner join counting_payloads on rewards.payload_id = counting_payloads.payload_id
left join complete_lists
    on
        rewards.chain_id = complete_lists.chain_id
        and rewards.period_id = complete_lists.period_id
        and rewards.validator_key = complete_lists.validator_key
where
    {{ in_scope('rewards.period_id') }}
    and rewards.claimant is not null
    and rewards.claimant <> rewards.validator_key
    and coalesce(rewards.stake_authority, '') <> '11111111111111111111111111111111'
group by rewards.chain_id, rewards.period_id, rewards.validator_key, rewards.claimant
