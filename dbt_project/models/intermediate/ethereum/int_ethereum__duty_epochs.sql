{{ config(indexes=[{'columns': ['period_id']}]) }}


-- The epochs of a validator's days, and whether it has duties in them: from its activation to its exit.
select
    days.chain_id,
    days.period_id,
    days.validator_key,
    days.validator_index,
    day_epoch.epoch,
    -- Of a life that nobody has shown every epoch is a question.
    days.activation_epoch is null
    or (
        day_epoch.epoch >= days.activation_epoch and (days.exit_epoch is null or day_epoch.epoch < days.exit_epoch)
    ) as is_active,
    coalesce(day_epoch.epoch < days.activation_epoch, false) as is_before_its_life
from {{ ref('int_ethereum__validator_days') }} as days
cross join lateral generate_series(days.first_epoch, days.last_epoch) as day_epoch (epoch)
where {{ in_scope('days.period_id') }}
