{{ config(materialized='view') }}

select
    source.payload_id,
    entry.validator ->> 'chain_id' as chain_id,
    entry.validator ->> 'validator_key' as validator_key,
    account.stake_pubkey
from {{ source('staging_registry', 'chains') }} as source
cross join lateral jsonb_array_elements(source.payload::jsonb -> 'validators') as entry (validator)
cross join lateral jsonb_array_elements_text(entry.validator -> 'own_stake_accounts') as account (stake_pubkey)
