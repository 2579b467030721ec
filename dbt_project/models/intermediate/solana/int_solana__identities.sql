{{ config(
    meta={'compares_with_before': true},
    indexes=[{'columns': ['period_id']}, {'columns': ['identity', 'period_id']}],
    post_hook="{{ touch_neighbours('IDENTITIES', periods_led_by_changed_identities()) }}",
) }}
-- depends_on: {{ ref('stg_solana_rpc__leader_schedules') }}

-- Which vote account an identity belonged to when a period first saw it: our own snapshots, in order of time, before
-- Jito's list, which bears no time and may describe the epoch before.
with seen_payloads as (
    select
        payload_id,
        first_seen_at,
        is_counting
    from {{ ref('stg_ops__payload_sightings') }}
    where {{ in_scope('period_id') }} and endpoint in ('get_vote_accounts', 'validators')
),

snapshots as (
    select
        accounts.chain_id,
        accounts.period_id,
        accounts.node_pubkey as identity,
        accounts.vote_pubkey as validator_key,
        1 as source_rank,
        seen_payloads.first_seen_at,
        accounts.activated_stake_lamports
    from {{ ref('stg_solana_rpc__vote_accounts') }} as accounts
    inner join seen_payloads on accounts.payload_id = seen_payloads.payload_id
    where {{ in_scope('accounts.period_id') }}
    union all
    select
        validators.chain_id,
        validators.period_id,
        validators.identity_account as identity,
        validators.vote_account as validator_key,
        2 as source_rank,
        seen_payloads.first_seen_at,
        null::numeric(38, 0) as activated_stake_lamports
    from {{ ref('stg_jito__validators') }} as validators
    inner join seen_payloads on validators.payload_id = seen_payloads.payload_id
    where
        {{ in_scope('validators.period_id') }}
        and seen_payloads.is_counting
        and validators.identity_account is not null
)

select distinct on (chain_id, period_id, identity)
    chain_id,
    period_id,
    identity,
    validator_key
from snapshots
order by
    chain_id,
    period_id,
    identity,
    source_rank,
    first_seen_at,
    activated_stake_lamports desc nulls last,
    validator_key collate "C"
