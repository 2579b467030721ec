{{ config(materialized='view') }}

-- The report of reward entries whose type nobody knows yet, credited or not.
select
    rewards.chain_id::text as chain_id,
    rewards.period_id::bigint as period_id,
    rewards.slot::bigint as slot,
    rewards.entry_number::bigint as entry_number,
    rewards.reward_type::text as reward_type,
    rewards.reward_pubkey::text as reward_pubkey,
    {{ to_native('rewards.reward_lamports', 'chains.native_decimals') }} as amount_native,
    rewards.validator_key::text as validator_key,
    rewards.provider::text as source_provider
from {{ ref('int_solana__unknown_rewards') }} as rewards
inner join {{ ref('chains') }} as chains on rewards.chain_id = chains.chain_id
