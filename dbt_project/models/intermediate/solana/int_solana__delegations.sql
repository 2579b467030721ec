{{ config(
    meta={'compares_with_before': true},
    indexes=[{'columns': ['period_id']}, {'columns': ['stake_pubkey', 'period_id']}, {'columns': ['validator_key', 'period_id']}],
    post_hook="{{ touch_neighbours('DELEGATIONS', periods_rewarding_changed_accounts()) }}",
) }}
-- depends_on: {{ ref('stg_solana_rpc__inflation_rewards') }}

-- Every delegation that an epoch's list of a validator's stake accounts shows, active or not.
select
    accounts.chain_id,
    accounts.period_id,
    accounts.validator_key,
    accounts.stake_pubkey,
    accounts.withdrawer_pubkey,
    accounts.stake_lamports,
    accounts.activation_epoch,
    accounts.deactivation_epoch,
    -- Warm-up beyond one epoch is left out; equal epochs mean that the stake never was active.
    accounts.activation_epoch < accounts.period_id
    and accounts.period_id <= accounts.deactivation_epoch as is_active
from {{ ref('stg_solana_rpc__stake_accounts') }} as accounts
inner join {{ ref('int_solana__stake_lists') }} as lists
    on
        accounts.chain_id = lists.chain_id
        and accounts.period_id = lists.period_id
        and accounts.validator_key = lists.validator_key
        and accounts.payload_id = lists.payload_id
where
    {{ in_scope('accounts.period_id') }}
    and {{ in_scope('lists.period_id') }}
    and accounts.voter_pubkey = accounts.validator_key
