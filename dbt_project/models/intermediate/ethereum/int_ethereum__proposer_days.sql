{{ config(indexes=[{'columns': ['period_id']}]) }}


-- Who says which slots a validator was to propose in, and what lies in them: of those that answered for the whole day
-- the first in priority, whatever it is mapped to.
with node_epochs as (
    select
        duties.chain_id,
        duties.period_id,
        duties.provider,
        duties.epoch
    from {{ ref('stg_beacon_node__proposer_duties') }} as duties
    inner join {{ ref('stg_ops__payload_sightings') }} as sightings on duties.payload_id = sightings.payload_id
    where {{ in_scope('duties.period_id') }} and {{ in_scope('sightings.period_id') }} and sightings.is_counting
    union
    -- Without duties an epoch is answered by the headers of all its slots.
    select
        headers.chain_id,
        headers.period_id,
        headers.provider,
        headers.slot / chains.slots_per_epoch as epoch
    from {{ ref('stg_beacon_node__headers') }} as headers
    inner join {{ ref('chains') }} as chains on headers.chain_id = chains.chain_id
    inner join {{ ref('stg_ops__payload_sightings') }} as sightings on headers.payload_id = sightings.payload_id
    where {{ in_scope('headers.period_id') }} and {{ in_scope('sightings.period_id') }} and sightings.is_counting
    group by
        headers.chain_id,
        headers.period_id,
        headers.provider,
        headers.slot / chains.slots_per_epoch,
        chains.slots_per_epoch
    having count(distinct headers.slot) = chains.slots_per_epoch
),

node_days as (
    select
        node_epochs.chain_id,
        node_epochs.period_id,
        node_epochs.provider
    from node_epochs
    inner join {{ ref('int_ethereum__days') }} as days
        on node_epochs.chain_id = days.chain_id and node_epochs.period_id = days.period_id
    where {{ in_scope('days.period_id') }} and node_epochs.epoch between days.first_epoch and days.last_epoch
    group by node_epochs.chain_id, node_epochs.period_id, node_epochs.provider, days.first_epoch, days.last_epoch
    having count(distinct node_epochs.epoch) = days.last_epoch - days.first_epoch + 1
),

unanswered_slots as (
    select distinct
        chain_id,
        period_id,
        provider,
        validator_key
    from {{ ref('int_ethereum__duty_slots') }}
    where {{ in_scope('period_id') }} and is_block is null
),

answered_days as (
    select
        chain_id,
        period_id,
        validator_key,
        provider
    from {{ ref('int_ethereum__proposal_lists') }}
    where {{ in_scope('period_id') }}
    union
    select
        days.chain_id,
        days.period_id,
        days.validator_key,
        node_days.provider
    from {{ ref('int_ethereum__validator_days') }} as days
    inner join node_days on days.chain_id = node_days.chain_id and days.period_id = node_days.period_id
    left join unanswered_slots
        on
            days.chain_id = unanswered_slots.chain_id
            and days.period_id = unanswered_slots.period_id
            and days.validator_key = unanswered_slots.validator_key
            and node_days.provider = unanswered_slots.provider
    where {{ in_scope('days.period_id') }} and unanswered_slots.provider is null
),

priorities as (
    select
        chain_id,
        provider,
        min(priority + case when role = 'reconcile' then 1000000 else 0 end) as priority
    from {{ ref('chain_provider_mappings') }}
    group by chain_id, provider
)

select
    answered_days.chain_id,
    answered_days.period_id,
    answered_days.validator_key,
    answered_days.provider,
    row_number() over (
        partition by answered_days.chain_id, answered_days.period_id, answered_days.validator_key
        order by priorities.priority, answered_days.provider collate "C"
    ) = 1 as is_agreed
from answered_days
inner join priorities
    on answered_days.chain_id = priorities.chain_id and answered_days.provider = priorities.provider
