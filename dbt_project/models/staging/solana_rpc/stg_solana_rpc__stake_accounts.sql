{{ config(indexes=[{'columns': ['period_id']}, {'columns': ['stake_pubkey', 'period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        validator_key,
        {{ as_jsonb('payload') }} -> 'result' as stake_accounts
    from {{ source('staging_solana_rpc', 'get_program_accounts') }}
    where {{ in_scope('period_id') }}
),

entries as (
    select
        source.payload_id,
        source.chain_id,
        source.provider,
        source.period_id,
        source.validator_key,
        entry.stake_account ->> 'pubkey' as stake_pubkey,
        entry.stake_account #> '{account,data,parsed,info}' as info
    from source
    -- A validator without stake accounts is one row without an account: a list that was answered.
    left join lateral jsonb_array_elements(source.stake_accounts) as entry (stake_account) on true
    where source.stake_accounts is not null
)

select
    payload_id,
    coalesce(stake_pubkey, '') as stake_pubkey,
    chain_id,
    provider,
    period_id,
    validator_key,
    info #>> '{stake,delegation,voter}' as voter_pubkey,
    info #>> '{meta,authorized,withdrawer}' as withdrawer_pubkey,
    (info #>> '{stake,delegation,stake}')::numeric(38, 0) as stake_lamports,
    (info #>> '{stake,delegation,activationEpoch}')::numeric(38, 0) as activation_epoch,
    -- The largest u64 means never, and lies beyond bigint.
    (info #>> '{stake,delegation,deactivationEpoch}')::numeric(38, 0) as deactivation_epoch
from entries
