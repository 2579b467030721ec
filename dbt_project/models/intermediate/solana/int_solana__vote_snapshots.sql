{{ config(
    meta={'compares_with_before': true},
    indexes=[{'columns': ['period_id']}, {'columns': ['validator_key', 'period_id']}],
    post_hook="{{ touch_neighbours('RATES', periods_rated_by_changed_snapshots()) }}",
) }}

-- The last snapshot of each vote account within an epoch: it counts for the epoch.
with counting_payloads as (
    select
        payload_id,
        last_seen_at
    from {{ ref('stg_ops__payload_sightings') }}
    where {{ in_scope('period_id') }} and is_counting and endpoint = 'get_vote_accounts'
)

select distinct on (accounts.chain_id, accounts.period_id, accounts.vote_pubkey)
    accounts.chain_id,
    accounts.period_id,
    accounts.vote_pubkey as validator_key,
    accounts.provider,
    accounts.payload_id,
    accounts.activated_stake_lamports,
    accounts.commission_bps,
    accounts.is_delinquent
from {{ ref('stg_solana_rpc__vote_accounts') }} as accounts
inner join counting_payloads on accounts.payload_id = counting_payloads.payload_id
where {{ in_scope('accounts.period_id') }}
order by
    accounts.chain_id,
    accounts.period_id,
    accounts.vote_pubkey,
    counting_payloads.last_seen_at desc,
    accounts.payload_id collate "C"
