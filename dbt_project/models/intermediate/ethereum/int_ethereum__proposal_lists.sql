{{ config(indexes=[{'columns': ['period_id']}]) }}


-- Lists of proposals that are complete down to a day: the first page, and every page that one before it names, until
-- one reaches below the day or is the last. Of several sets of validators that name one, the set seen last speaks.
with pages as (
    select
        lists.chain_id,
        lists.period_id,
        lists.provider,
        lists.asked_validators,
        lists.payload_id,
        lists.page_cursor,
        lists.next_cursor,
        lists.range_last_slot,
        sightings.last_seen_at,
        min(lists.slot) as lowest_slot,
        bool_and(
            lists.is_finalized
            or lists.slot is null
            or lists.slot not between days.first_slot and days.last_slot
        ) as is_finalized
    from {{ ref('stg_beaconchain__proposal_slots') }} as lists
    inner join {{ ref('stg_ops__payload_sightings') }} as sightings on lists.payload_id = sightings.payload_id
    inner join {{ ref('int_ethereum__days') }} as days
        on lists.chain_id = days.chain_id and lists.period_id = days.period_id
    where
        {{ in_scope('lists.period_id') }}
        and {{ in_scope('sightings.period_id') }}
        and {{ in_scope('days.period_id') }}
        and sightings.is_counting
    group by
        lists.chain_id,
        lists.period_id,
        lists.provider,
        lists.asked_validators,
        lists.payload_id,
        lists.page_cursor,
        lists.next_cursor,
        lists.range_last_slot,
        sightings.last_seen_at
),

complete_sets as (
    select
        pages.chain_id,
        pages.period_id,
        pages.provider,
        pages.asked_validators,
        max(pages.last_seen_at) as last_seen_at
    from pages
    inner join {{ ref('int_ethereum__days') }} as days
        on pages.chain_id = days.chain_id and pages.period_id = days.period_id
    inner join {{ ref('int_ethereum__periods') }} as periods
        on pages.chain_id = periods.chain_id and pages.period_id = periods.period_id
    left join pages as next_pages
        on
            pages.chain_id = next_pages.chain_id
            and pages.period_id = next_pages.period_id
            and pages.provider = next_pages.provider
            and pages.asked_validators = next_pages.asked_validators
            and pages.next_cursor = next_pages.page_cursor
            and pages.next_cursor <> ''
    where {{ in_scope('days.period_id') }} and {{ in_scope('periods.period_id') }}
    group by pages.chain_id, pages.period_id, pages.provider, pages.asked_validators
    having
        bool_or(pages.page_cursor = '')
        and bool_and(pages.is_finalized)
        and bool_and(pages.next_cursor = '' or pages.lowest_slot < days.first_slot or next_pages.payload_id is not null)
        -- A list that does not say how far it goes covers a day that is final.
        and bool_and(coalesce(pages.range_last_slot >= days.last_slot, periods.is_finalized))
)

select distinct on (complete_sets.chain_id, complete_sets.period_id, complete_sets.provider, days.validator_key)
    complete_sets.chain_id,
    complete_sets.period_id,
    complete_sets.provider,
    days.validator_key,
    complete_sets.asked_validators
from complete_sets
cross join lateral jsonb_array_elements_text(complete_sets.asked_validators) as asked (identifier)
inner join {{ ref('int_ethereum__identifiers') }} as identifiers
    on complete_sets.chain_id = identifiers.chain_id and lower(asked.identifier) = identifiers.identifier
inner join {{ ref('int_ethereum__validator_days') }} as days
    on
        complete_sets.chain_id = days.chain_id
        and complete_sets.period_id = days.period_id
        and identifiers.validator_key = days.validator_key
where {{ in_scope('days.period_id') }}
order by
    complete_sets.chain_id,
    complete_sets.period_id,
    complete_sets.provider,
    days.validator_key,
    complete_sets.last_seen_at desc,
    complete_sets.asked_validators
