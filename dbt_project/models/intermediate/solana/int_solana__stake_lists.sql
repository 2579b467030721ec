{{ config(indexes=[{'columns': ['period_id']}]) }}

-- The validators whose own list of stake accounts was answered in an epoch: by provider, the one last seen.
with counting_payloads as (
    select
        payload_id,
        last_seen_at
    from {{ ref('stg_ops__payload_sightings') }}
    where {{ in_scope('period_id') }} and is_counting and endpoint = 'get_program_accounts'
)

select distinct on (accounts.chain_id, accounts.period_id, accounts.validator_key)
    accounts.chain_id,
    accounts.period_id,
    accounts.validator_key,
    accounts.payload_id,
    accounts.provider
from {{ ref('stg_solana_rpc__stake_accounts') }} as accounts
inner join counting_payloads on accounts.payload_id = counting_payloads.payload_id
where {{ in_scope('accounts.period_id') }}
order by
    accounts.chain_id,
    accounts.period_id,
    accounts.validator_key,
    counting_payloads.last_seen_at desc,
    accounts.payload_id collate "C"
