{{ config(indexes=[{'columns': ['period_id']}]) }}


-- A day is final when the head's day is finality_lag past it and the finalized epoch two past its last one.
with heads as (
    select
        heads.chain_id,
        heads.period_id as head_period,
        heads.finalized_epoch,
        heads.first_seen_at,
        {{ day_of_date("to_date(heads.period_id::text, 'YYYYMMDD') - chains.finality_lag::integer") }}
            as newest_final_period
    from {{ ref('int_ethereum__heads') }} as heads
    inner join {{ ref('chains') }} as chains on heads.chain_id = chains.chain_id
),

running_days as (
    select
        chain_id,
        max(head_period) as head_period
    from heads
    group by chain_id
)

select
    days.chain_id,
    days.period_id,
    days.starts_at,
    case when days.period_id < running_days.head_period then days.ends_at end as ends_at,
    days.first_slot,
    days.last_slot,
    finality.finalized_at is not null as is_finalized,
    finality.finalized_at
from {{ ref('int_ethereum__days') }} as days
inner join running_days on days.chain_id = running_days.chain_id
left join lateral (
    select min(heads.first_seen_at) as finalized_at
    from heads
    where
        heads.chain_id = days.chain_id
        and heads.newest_final_period >= days.period_id
        and heads.finalized_epoch >= days.last_epoch + 2
) as finality on true
where {{ in_scope('days.period_id') }} and days.period_id <= running_days.head_period
