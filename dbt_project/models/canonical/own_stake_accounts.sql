{{ config(materialized='table') }}

with counting_registry as (
    select payload_id
    from {{ ref('stg_ops__payload_sightings') }}
    where period_id = 0 and endpoint = 'chains' and is_counting
)

select
    accounts.chain_id::text as chain_id,
    accounts.validator_key::text as validator_key,
    accounts.stake_pubkey::text as staker_key
from {{ ref('stg_registry__own_stake_accounts') }} as accounts
inner join counting_registry on accounts.payload_id = counting_registry.payload_id
