-- Epochs whose rewards were still being paid out when last asked (−32017), with no answer since.
with refusals as (
    select
        chain_id,
        period_id,
        max(fetched_at) as refused_at
    from {{ ref('stg_solana_rpc__rejections') }}
    where {{ in_scope('period_id') }} and error_kind = 'rpc_error -32017'
    group by chain_id, period_id
),

payouts as (
    select
        rewards.chain_id,
        rewards.period_id,
        max(sightings.last_seen_at) as answered_at
    from {{ ref('stg_solana_rpc__inflation_rewards') }} as rewards
    inner join {{ ref('stg_ops__payload_sightings') }} as sightings on rewards.payload_id = sightings.payload_id
    where
        {{ in_scope('rewards.period_id') }}
        and {{ in_scope('sightings.period_id') }}
        -- Vote accounts answer while the stake accounts are still being paid.
        and rewards.validator_key is not null
    group by rewards.chain_id, rewards.period_id
)

select
    refusals.chain_id,
    refusals.period_id,
    refusals.refused_at,
    payouts.answered_at,
    coalesce(payouts.answered_at > refusals.refused_at, false) as is_paid_out
from refusals
left join payouts on refusals.chain_id = payouts.chain_id and refusals.period_id = payouts.period_id
