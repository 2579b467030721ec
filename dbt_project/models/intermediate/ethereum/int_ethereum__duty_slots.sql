{{ config(indexes=[{'columns': ['period_id']}]) }}


-- Slots that the tracked validators were to propose in, as each provider says, and what lies in them. beaconcha.in: the
-- list of a set of validators that is complete down to the day, the latest such set of each validator. A beacon node:
-- its duties, or where it does not tell them the headers, with the block of each slot.
with counting_payloads as (
    select
        payload_id,
        last_seen_at
    from {{ ref('stg_ops__payload_sightings') }}
    where
        {{ in_scope('period_id') }}
        and is_counting
        and endpoint in ('proposal_slots', 'proposer_duties', 'headers', 'blocks')
),

listed_slots as (
    select
        lists.chain_id,
        lists.period_id,
        lists.provider,
        lists.validator_key,
        lists.slot,
        lists.block_number is not null as is_block,
        lists.block_number,
        null::text as block_hash,
        null::text as fee_recipient
    from {{ ref('stg_beaconchain__proposal_slots') }} as lists
    inner join counting_payloads on lists.payload_id = counting_payloads.payload_id
    inner join {{ ref('int_ethereum__proposal_lists') }} as complete
        on
            lists.chain_id = complete.chain_id
            and lists.period_id = complete.period_id
            and lists.provider = complete.provider
            and lists.validator_key = complete.validator_key
            and lists.asked_validators = complete.asked_validators
    where {{ in_scope('lists.period_id') }} and {{ in_scope('complete.period_id') }}
),

duties as (
    select
        duties.chain_id,
        duties.period_id,
        duties.provider,
        duties.validator_key,
        duties.slot
    from {{ ref('stg_beacon_node__proposer_duties') }} as duties
    inner join counting_payloads on duties.payload_id = counting_payloads.payload_id
    where {{ in_scope('duties.period_id') }}
    union
    select
        headers.chain_id,
        headers.period_id,
        headers.provider,
        days.validator_key,
        headers.slot
    from {{ ref('stg_beacon_node__headers') }} as headers
    inner join counting_payloads on headers.payload_id = counting_payloads.payload_id
    inner join {{ ref('int_ethereum__validator_days') }} as days
        on
            headers.chain_id = days.chain_id
            and headers.period_id = days.period_id
            and headers.proposer_index = days.validator_index
    where {{ in_scope('headers.period_id') }} and {{ in_scope('days.period_id') }}
),

node_blocks as (
    select distinct on (blocks.chain_id, blocks.period_id, blocks.provider, blocks.slot)
        blocks.chain_id,
        blocks.period_id,
        blocks.provider,
        blocks.slot,
        blocks.is_block,
        blocks.block_number,
        blocks.block_hash,
        blocks.fee_recipient
    from {{ ref('stg_beacon_node__blocks') }} as blocks
    inner join counting_payloads on blocks.payload_id = counting_payloads.payload_id
    where {{ in_scope('blocks.period_id') }}
    order by blocks.chain_id, blocks.period_id, blocks.provider, blocks.slot, counting_payloads.last_seen_at desc
),

node_slots as (
    select
        duties.chain_id,
        duties.period_id,
        duties.provider,
        duties.validator_key,
        duties.slot,
        node_blocks.is_block,
        node_blocks.block_number,
        node_blocks.block_hash,
        node_blocks.fee_recipient
    from duties
    left join node_blocks
        on
            duties.chain_id = node_blocks.chain_id
            and duties.period_id = node_blocks.period_id
            and duties.provider = node_blocks.provider
            and duties.slot = node_blocks.slot
),

slots as (
    select * from listed_slots
    union all
    select * from node_slots
)

select distinct
    slots.chain_id,
    slots.period_id,
    slots.provider,
    slots.validator_key,
    slots.slot,
    slots.is_block,
    slots.block_number,
    slots.block_hash,
    slots.fee_recipient
from slots
inner join {{ ref('int_ethereum__validator_days') }} as days
    on
        slots.chain_id = days.chain_id
        and slots.period_id = days.period_id
        and slots.validator_key = days.validator_key
where {{ in_scope('days.period_id') }} and slots.slot between days.first_slot and days.last_slot
