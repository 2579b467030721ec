{{ config(indexes=[{'columns': ['period_id']}]) }}

-- Who ran Jito in an epoch, by Jito's own list of it; a list without rows says nothing.
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
    validators.mev_commission_bps,
    coalesce(validators.is_running_jito, true) and validators.mev_commission_bps is not null as is_running_jito
from {{ ref('stg_jito__validators') }} as validators
inner join counting_payloads on validators.payload_id = counting_payloads.payload_id
where {{ in_scope('validators.period_id') }} and validators.vote_account is not null
order by
    validators.chain_id,
    validators.period_id,
    validators.provider,
    validators.vote_account,
    counting_payloads.last_seen_at desc,
    validators.entry_number
