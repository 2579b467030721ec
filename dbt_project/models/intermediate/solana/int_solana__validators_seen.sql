{{ config(
    meta={'compares_with_before': true},
    indexes=[{'columns': ['period_id']}, {'columns': ['validator_key', 'period_id']}],
    post_hook="{{ touch_neighbours('VALIDATORS', periods_between_changed_sightings()) }}",
) }}

-- The tracked validators that the chain or a list of its rewards showed in a period. Jito's list of who ran Jito may
-- describe the epoch before: it tells that a validator was there by then, not that it still was.
with sightings as (
    select
        accounts.chain_id,
        accounts.period_id,
        accounts.vote_pubkey as validator_key,
        true as is_certain
    from {{ ref('stg_solana_rpc__vote_accounts') }} as accounts
    inner join {{ ref('stg_ops__payload_sightings') }} as payloads on accounts.payload_id = payloads.payload_id
    where {{ in_scope('accounts.period_id') }} and {{ in_scope('payloads.period_id') }}
    union
    select
        chain_id,
        period_id,
        validator_key,
        true as is_certain
    from {{ ref('int_solana__tips') }}
    where {{ in_scope('period_id') }}
    union
    select
        chain_id,
        period_id,
        address as validator_key,
        true as is_certain
    from {{ ref('int_solana__inflation_rewards') }}
    where {{ in_scope('period_id') }} and has_reward and is_vote_account
    union
    select
        chain_id,
        period_id,
        validator_key,
        true as is_certain
    from {{ ref('int_solana__leader_slots') }}
    where {{ in_scope('period_id') }}
    union
    select
        chain_id,
        period_id,
        validator_key,
        true as is_certain
    from {{ ref('int_solana__unscheduled_fees') }}
    where {{ in_scope('period_id') }} and validator_key is not null
    union
    select
        chain_id,
        period_id,
        validator_key,
        false as is_certain
    from {{ ref('int_solana__jito_validators') }}
    where {{ in_scope('period_id') }}
)

select
    sightings.chain_id,
    sightings.period_id,
    sightings.validator_key,
    bool_or(sightings.is_certain) as is_certain
from sightings
inner join {{ ref('chains') }} as chains on sightings.chain_id = chains.chain_id
left join {{ ref('registered_validators') }} as registered
    on sightings.chain_id = registered.chain_id and sightings.validator_key = registered.validator_key
where registered.validator_key is not null or chains.tracks_all_validators
group by sightings.chain_id, sightings.period_id, sightings.validator_key
