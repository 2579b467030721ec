{{ config(materialized='view') }}

-- What providers are asked by, and answer with: a validator's index as text, or its public key.
select
    chain_id,
    validator_key,
    validator_index::text as identifier
from {{ ref('int_ethereum__validators') }}
where validator_index is not null
union all
select
    chain_id,
    validator_key,
    validator_key as identifier
from {{ ref('int_ethereum__validators') }}
