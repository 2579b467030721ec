{{ config(indexes=[{'columns': ['period_id']}]) }}


-- The same as beaconcha.in tells it: one row an epoch holds all parts.
with counting_payloads as (
    select
        payload_id,
        last_seen_at
    from {{ ref('stg_ops__payload_sightings') }}
    where {{ in_scope('period_id') }} and is_counting and endpoint = 'rewards_list'
),

answers as (
    select
        lists.payload_id,
        lists.chain_id,
        lists.period_id,
        lists.provider,
        lists.epoch,
        lists.asked_validators,
        lists.validator_key,
        lists.attestation_wei,
        lists.proposal_wei,
        lists.sync_committee_wei,
        lists.is_attestation_missed,
        counting_payloads.last_seen_at
    from {{ ref('stg_beaconchain__rewards_list') }} as lists
    inner join counting_payloads on lists.payload_id = counting_payloads.payload_id
    where {{ in_scope('lists.period_id') }}
),

named as (
    select distinct on (chain_id, period_id, provider, validator_key, epoch)
        chain_id,
        period_id,
        provider,
        validator_key,
        epoch,
        attestation_wei,
        proposal_wei,
        sync_committee_wei,
        is_attestation_missed
    from answers
    where validator_key is not null
    order by chain_id, period_id, provider, validator_key, epoch, last_seen_at desc, payload_id collate "C"
),

asked_payloads as (
    select distinct on (payload_id)
        chain_id,
        period_id,
        provider,
        epoch,
        asked_validators
    from answers
    order by payload_id
),

asked_epochs as (
    select distinct
        asked_payloads.chain_id,
        asked_payloads.period_id,
        asked_payloads.provider,
        asked_payloads.epoch,
        identifiers.validator_key
    from asked_payloads
    cross join lateral jsonb_array_elements_text(asked_payloads.asked_validators) as asked (identifier)
    inner join {{ ref('int_ethereum__identifiers') }} as identifiers
        on asked_payloads.chain_id = identifiers.chain_id and lower(asked.identifier) = identifiers.identifier
),

explorer_days as (
    select distinct
        chain_id,
        period_id,
        provider
    from answers
),

epochs as (
    select
        duty_epochs.chain_id,
        duty_epochs.period_id,
        explorer_days.provider,
        duty_epochs.validator_key,
        duty_epochs.epoch,
        duty_epochs.is_active,
        duty_epochs.is_before_its_life
    from {{ ref('int_ethereum__duty_epochs') }} as duty_epochs
    inner join explorer_days
        on duty_epochs.chain_id = explorer_days.chain_id and duty_epochs.period_id = explorer_days.period_id
    where {{ in_scope('duty_epochs.period_id') }}
),

judged_epochs as (
    select
        epochs.chain_id,
        epochs.period_id,
        epochs.provider,
        epochs.validator_key,
        epochs.epoch,
        epochs.is_active,
        named.validator_key is not null as is_named,
        epochs.is_before_its_life
        or (not epochs.is_active and asked_epochs.validator_key is not null) as is_without_duty,
        named.attestation_wei,
        named.proposal_wei,
        named.sync_committee_wei,
        named.is_attestation_missed
    from epochs
    left join named
        on
            epochs.chain_id = named.chain_id
            and epochs.period_id = named.period_id
            and epochs.provider = named.provider
            and epochs.validator_key = named.validator_key
            and epochs.epoch = named.epoch
    left join asked_epochs
        on
            epochs.chain_id = asked_epochs.chain_id
            and epochs.period_id = asked_epochs.period_id
            and epochs.provider = asked_epochs.provider
            and epochs.validator_key = asked_epochs.validator_key
            and epochs.epoch = asked_epochs.epoch
)

select
    chain_id,
    period_id,
    provider,
    validator_key,
    epoch,
    case when is_named then attestation_wei when is_without_duty then 0 end::numeric(38, 0) as attestation_wei,
    case when is_named then proposal_wei when is_without_duty then 0 end::numeric(38, 0) as proposal_wei,
    case when is_named then sync_committee_wei when is_without_duty then 0 end::numeric(38, 0) as sync_committee_wei,
    case when is_active then is_attestation_missed end as is_attestation_missed
from judged_epochs
