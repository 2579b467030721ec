{{ config(
    meta={'compares_with_before': true},
    indexes=[{'columns': ['period_id']}, {'columns': ['validator_key', 'period_id']}],
    post_hook="{{ touch_neighbours('VALIDATORS', days_of_changed_lives()) }}",
) }}

-- Who a validator is and how far in its life, as the views of a day show it: of the provider first in priority, the
-- view last seen.
with priorities as (
    select
        chain_id,
        provider,
        min(priority) as priority
    from {{ ref('chain_provider_mappings') }}
    group by chain_id, provider
)

select distinct on (views.chain_id, views.period_id, views.validator_key)
    views.chain_id,
    views.period_id,
    views.validator_key,
    views.validator_index,
    views.withdrawal_address,
    views.activation_epoch,
    views.exit_epoch,
    views.withdrawable_epoch,
    views.is_slashed
from {{ ref('int_ethereum__views') }} as views
left join priorities on views.chain_id = priorities.chain_id and views.provider = priorities.provider
where {{ in_scope('views.period_id') }} and views.view_order = 1
order by
    views.chain_id,
    views.period_id,
    views.validator_key,
    priorities.priority nulls last,
    views.last_seen_at desc,
    views.payload_id collate "C"
