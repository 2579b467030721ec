{{ config(indexes=[{'columns': ['period_id']}]) }}

-- The last Stakewiz view of an epoch. A row that names another epoch, or none, does not speak of this one.
with counting_payloads as (
    select
        payload_id,
        last_seen_at
    from {{ ref('stg_ops__payload_sightings') }}
    where {{ in_scope('period_id') }} and is_counting and endpoint = 'validators'
)

select distinct on (validators.chain_id, validators.period_id, validators.provider, validators.vote_account)
    validators.chain_id,
    validators.period_id,
    validators.provider,
    validators.vote_account as validator_key,
    validators.commission_percent,
    validators.is_jito,
    validators.mev_commission_bps,
    validators.skip_rate_percentage,
    validators.uptime_percentage,
    validators.is_delinquent
from {{ ref('stg_stakewiz__validators') }} as validators
inner join counting_payloads on validators.payload_id = counting_payloads.payload_id
where
    {{ in_scope('validators.period_id') }}
    and validators.vote_account is not null
    and validators.described_epoch = validators.period_id
order by
    validators.chain_id,
    validators.period_id,
    validators.provider,
    validators.vote_account,
    counting_payloads.last_seen_at desc,
    validators.entry_number
