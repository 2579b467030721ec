{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        {{ as_jsonb('payload') }} -> 'result' as vote_accounts
    from {{ source('staging_solana_rpc', 'get_vote_accounts') }}
    where {{ in_scope('period_id') }}
),

entries as (
    select
        source.payload_id,
        source.chain_id,
        source.provider,
        source.period_id,
        standing.is_delinquent,
        entry.vote_account
    from source
    inner join lateral (
        values (false, source.vote_accounts -> 'current'), (true, source.vote_accounts -> 'delinquent')
    ) as standing (is_delinquent, vote_accounts) on true
    cross join lateral jsonb_array_elements(standing.vote_accounts) as entry (vote_account)
)

select
    payload_id,
    vote_account ->> 'votePubkey' as vote_pubkey,
    chain_id,
    provider,
    period_id,
    vote_account ->> 'nodePubkey' as node_pubkey,
    (vote_account ->> 'activatedStake')::numeric(38, 0) as activated_stake_lamports,
    coalesce(
        (vote_account ->> 'inflationRewardsCommissionBps')::bigint,
        (vote_account ->> 'commission')::bigint * 100
    ) as commission_bps,
    is_delinquent
from entries
