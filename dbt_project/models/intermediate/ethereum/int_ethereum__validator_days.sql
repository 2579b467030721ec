{{ config(indexes=[{'columns': ['period_id']}]) }}


-- What holds of a validator on a day: who owns it when the day starts, and where its life and the day's epochs lie.
select
    cells.chain_id,
    cells.period_id,
    cells.validator_key,
    validators.validator_index,
    validators.withdrawal_address,
    validators.activation_epoch,
    validators.exit_epoch,
    validators.withdrawable_epoch,
    validators.is_slashed,
    days.day_before_period,
    days.first_epoch,
    days.last_epoch,
    days.first_slot,
    days.last_slot,
    coalesce(ownerships.owner, 'OPERATOR') as owner,
    coalesce(ownerships.fee_bps, 0) as fee_bps,
    coalesce(ownerships.execution_fee_bps, 0) as execution_fee_bps,
    -- Penalties for a slashing come from the slashing itself to the end of the quarantine.
    validators.is_slashed
    and days.last_epoch >= validators.withdrawable_epoch - 8193
    and days.first_epoch <= validators.withdrawable_epoch as is_being_slashed
from {{ ref('int_validator_periods') }} as cells
inner join {{ ref('int_ethereum__validators') }} as validators
    on cells.chain_id = validators.chain_id and cells.validator_key = validators.validator_key
inner join {{ ref('int_ethereum__days') }} as days
    on cells.chain_id = days.chain_id and cells.period_id = days.period_id
left join {{ ref('validator_ownerships') }} as ownerships
    on
        cells.chain_id = ownerships.chain_id
        and cells.validator_key = ownerships.validator_key
        and (ownerships.effective_from is null or days.starts_at >= ownerships.effective_from)
        and (ownerships.effective_until is null or days.starts_at < ownerships.effective_until)
where {{ in_scope('cells.period_id') }} and {{ in_scope('days.period_id') }}
