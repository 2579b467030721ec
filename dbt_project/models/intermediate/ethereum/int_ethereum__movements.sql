{{ config(indexes=[{'columns': ['period_id']}]) }}


-- What moved out of and into a validator's balance, slot by slot, where a day's blocks were read for it. A slot without
-- movements is a row of zeros under the validator: every slot of the day is answered or the day is not.
with blocks as (
    select
        movements.chain_id,
        movements.period_id,
        movements.provider,
        movements.slot,
        movements.movement_type,
        movements.validator_index,
        movements.validator_key,
        movements.moved_wei
    from {{ ref('stg_beacon_node__movements') }} as movements
    inner join {{ ref('stg_ops__payload_sightings') }} as sightings on movements.payload_id = sightings.payload_id
    where {{ in_scope('movements.period_id') }} and {{ in_scope('sightings.period_id') }} and sightings.is_counting
)

select
    days.chain_id,
    days.period_id,
    blocks.provider,
    days.validator_key,
    blocks.slot,
    coalesce(sum(blocks.moved_wei) filter (
        where blocks.movement_type = 'WITHDRAWAL' and blocks.validator_index = days.validator_index
    ), 0)::numeric(38, 0) as withdrawn_wei,
    coalesce(sum(blocks.moved_wei) filter (
        where blocks.movement_type = 'DEPOSIT' and blocks.validator_key = days.validator_key
    ), 0)::numeric(38, 0) as deposited_wei
from {{ ref('int_ethereum__validator_days') }} as days
inner join blocks
    on
        days.chain_id = blocks.chain_id
        and days.period_id = blocks.period_id
        and blocks.slot between days.first_slot and days.last_slot
where {{ in_scope('days.period_id') }}
group by days.chain_id, days.period_id, blocks.provider, days.validator_key, blocks.slot
