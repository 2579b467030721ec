{{ config(alias='validators') }}

select
    chain_id,
    validator_key,
    label,
    vote_pubkey,
    node_pubkey,
    validator_index,
    first_seen_period,
    last_seen_period
from {{ ref('validators') }}
