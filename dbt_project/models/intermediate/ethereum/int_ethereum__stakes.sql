{{ config(indexes=[{'columns': ['period_id']}]) }}


-- A validator's stake and status of a day by provider: its state at the day's first slot, else the view of the running
-- day.
with views as (
    select
        0 as view_order,
        payload_id,
        chain_id,
        provider,
        period_id,
        validator_key,
        status,
        is_slashed,
        balance_wei,
        effective_balance_wei
    from {{ ref('stg_beacon_node__day_validators') }}
    where {{ in_scope('period_id') }}
    union all
    select
        1 as view_order,
        payload_id,
        chain_id,
        provider,
        period_id,
        validator_key,
        status,
        is_slashed,
        balance_wei,
        effective_balance_wei
    from {{ ref('stg_beacon_node__validators') }}
    where {{ in_scope('period_id') }}
    union all
    select
        1 as view_order,
        payload_id,
        chain_id,
        provider,
        period_id,
        validator_key,
        status,
        is_slashed,
        balance_wei,
        effective_balance_wei
    from {{ ref('stg_beaconchain__validators') }}
    where {{ in_scope('period_id') }}
)

select distinct on (views.chain_id, views.period_id, views.provider, views.validator_key)
    views.chain_id,
    views.period_id,
    views.provider,
    views.validator_key,
    views.payload_id,
    case
        when views.is_slashed then 'SLASHED'
        when views.status like 'active%' then 'ACTIVE'
        when views.status like 'pending%' or views.status = 'deposited' then 'PENDING'
        when views.status similar to '(exited|exiting|withdrawal)%' then 'EXITED'
        else upper(views.status)
    end as status,
    views.balance_wei,
    views.effective_balance_wei
from views
inner join {{ ref('stg_ops__payload_sightings') }} as sightings on views.payload_id = sightings.payload_id
where {{ in_scope('sightings.period_id') }} and sightings.is_counting
order by
    views.chain_id,
    views.period_id,
    views.provider,
    views.validator_key,
    views.view_order,
    sightings.last_seen_at desc,
    views.payload_id collate "C"
