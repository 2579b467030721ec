{{ config(
    meta={'compares_with_before': true},
    post_hook="{{ touch_neighbours('PERIODS', periods_before_changed_starts()) }}",
) }}

with counting_payloads as (
    select
        payload_id,
        last_seen_at
    from {{ ref('stg_ops__payload_sightings') }}
    where
        {{ in_scope('period_id') }}
        and is_counting
        and endpoint in ('get_blocks_with_limit', 'get_block')
),

first_blocks as (
    select distinct on (blocks.chain_id, blocks.period_id)
        blocks.chain_id,
        blocks.period_id,
        blocks.first_block_slot
    from {{ ref('stg_solana_rpc__first_blocks') }} as blocks
    inner join counting_payloads on blocks.payload_id = counting_payloads.payload_id
    where {{ in_scope('blocks.period_id') }} and blocks.first_block_slot is not null
    order by blocks.chain_id, blocks.period_id, counting_payloads.last_seen_at desc, blocks.payload_id collate "C"
)

select distinct on (first_blocks.chain_id, first_blocks.period_id)
    first_blocks.chain_id,
    first_blocks.period_id,
    first_blocks.first_block_slot,
    rewards.block_time as starts_at
from first_blocks
inner join {{ ref('stg_solana_rpc__block_rewards') }} as rewards
    on
        first_blocks.chain_id = rewards.chain_id
        and first_blocks.period_id = rewards.period_id
        and first_blocks.first_block_slot = rewards.slot
inner join counting_payloads on rewards.payload_id = counting_payloads.payload_id
where {{ in_scope('rewards.period_id') }} and rewards.block_time is not null
order by
    first_blocks.chain_id,
    first_blocks.period_id,
    counting_payloads.last_seen_at desc,
    rewards.payload_id collate "C"
