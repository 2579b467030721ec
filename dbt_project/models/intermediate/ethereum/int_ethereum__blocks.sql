{{ config(indexes=[{'columns': ['period_id']}]) }}


-- The canonical blocks of tracked validators with all that is known of who was paid. For a validator and day the first
-- provider in priority that knows the fees of every block serves them, and likewise for what relays delivered. The last
-- transaction is the chain's own word: it counts from whoever landed it.
with proposed as (
    select
        slots.chain_id,
        slots.period_id,
        slots.validator_key,
        slots.slot,
        slots.block_number,
        slots.block_hash,
        slots.fee_recipient
    from {{ ref('int_ethereum__duty_slots') }} as slots
    inner join {{ ref('int_ethereum__proposer_days') }} as answers
        on
            slots.chain_id = answers.chain_id
            and slots.period_id = answers.period_id
            and slots.validator_key = answers.validator_key
            and slots.provider = answers.provider
    where
        {{ in_scope('slots.period_id') }}
        and {{ in_scope('answers.period_id') }}
        and answers.is_agreed
        and slots.is_block
),

serving_providers as (
    select
        chain_id,
        data_type,
        provider,
        priority
    from {{ ref('chain_provider_mappings') }}
    where role in ('primary', 'fallback')
),

-- Hashes and last transactions, whoever told them: the best provider of any data type first.
known_blocks as (
    select distinct on (fees.chain_id, fees.period_id, fees.block_number)
        fees.chain_id,
        fees.period_id,
        fees.block_number,
        fees.block_hash
    from {{ ref('int_ethereum__block_fees') }} as fees
    inner join {{ ref('chain_provider_mappings') }} as mappings
        on fees.chain_id = mappings.chain_id and fees.provider = mappings.provider
    where {{ in_scope('fees.period_id') }} and fees.block_hash is not null
    order by fees.chain_id, fees.period_id, fees.block_number, mappings.priority, fees.provider collate "C"
),

last_transactions as (
    select distinct on (fees.chain_id, fees.period_id, fees.block_number)
        fees.chain_id,
        fees.period_id,
        fees.block_number,
        fees.block_hash,
        fees.provider as payment_provider,
        fees.last_payer,
        fees.last_payee,
        fees.last_payment_wei
    from {{ ref('int_ethereum__block_fees') }} as fees
    inner join {{ ref('chain_provider_mappings') }} as mappings
        on fees.chain_id = mappings.chain_id and fees.provider = mappings.provider
    where {{ in_scope('fees.period_id') }} and fees.last_payer is not null
    order by fees.chain_id, fees.period_id, fees.block_number, mappings.priority, fees.provider collate "C"
),

fee_options as (
    select
        proposed.chain_id,
        proposed.period_id,
        proposed.validator_key,
        proposed.slot,
        serving_providers.provider,
        serving_providers.priority,
        fees.fee_recipient,
        fees.fee_wei,
        bool_and(fees.fee_wei is not null and fees.fee_recipient is not null) over (
            partition by proposed.chain_id, proposed.period_id, proposed.validator_key, serving_providers.provider
        ) as is_whole
    from proposed
    inner join serving_providers
        on proposed.chain_id = serving_providers.chain_id and serving_providers.data_type = 'FEES'
    left join {{ ref('int_ethereum__block_fees') }} as fees
        on
            proposed.chain_id = fees.chain_id
            and proposed.period_id = fees.period_id
            and proposed.block_number = fees.block_number
            and serving_providers.provider = fees.provider
            and (proposed.block_hash is null or fees.block_hash is null or proposed.block_hash = fees.block_hash)
            and {{ in_scope('fees.period_id') }}
),

agreed_fees as (
    select distinct on (chain_id, period_id, validator_key, slot)
        chain_id,
        period_id,
        validator_key,
        slot,
        provider,
        fee_recipient,
        fee_wei
    from fee_options
    order by chain_id, period_id, validator_key, slot, is_whole desc, priority, provider collate "C"
),

mev_options as (
    select
        proposed.chain_id,
        proposed.period_id,
        proposed.validator_key,
        proposed.slot,
        serving_providers.provider,
        serving_providers.priority,
        deliveries.block_hash is not null as has_relay,
        deliveries.proposer_fee_recipient,
        deliveries.claimed_wei,
        (deliveries.block_hash is not null or coalesce(asked.is_answered, false))
        and coalesce(proposed.block_hash, known_blocks.block_hash) is not null as is_relay_known,
        bool_and(
            (deliveries.block_hash is not null or coalesce(asked.is_answered, false))
            and coalesce(proposed.block_hash, known_blocks.block_hash) is not null
        ) over (
            partition by proposed.chain_id, proposed.period_id, proposed.validator_key, serving_providers.provider
        ) as is_whole
    from proposed
    inner join serving_providers
        on proposed.chain_id = serving_providers.chain_id and serving_providers.data_type = 'MEV'
    left join known_blocks
        on
            proposed.chain_id = known_blocks.chain_id
            and proposed.period_id = known_blocks.period_id
            and proposed.block_number = known_blocks.block_number
    left join {{ ref('int_ethereum__deliveries') }} as asked
        on
            proposed.chain_id = asked.chain_id
            and proposed.period_id = asked.period_id
            and proposed.slot = asked.slot
            and serving_providers.provider = asked.provider
            and asked.block_hash = ''
            and {{ in_scope('asked.period_id') }}
    -- A payload that the chain does not hold counts nothing: only the canonical block's hash is looked for.
    left join {{ ref('int_ethereum__deliveries') }} as deliveries
        on
            proposed.chain_id = deliveries.chain_id
            and proposed.period_id = deliveries.period_id
            and proposed.slot = deliveries.slot
            and serving_providers.provider = deliveries.provider
            and coalesce(proposed.block_hash, known_blocks.block_hash) = deliveries.block_hash
            and {{ in_scope('deliveries.period_id') }}
),

agreed_mev as (
    select distinct on (chain_id, period_id, validator_key, slot)
        chain_id,
        period_id,
        validator_key,
        slot,
        provider,
        is_relay_known,
        has_relay,
        proposer_fee_recipient,
        claimed_wei
    from mev_options
    order by chain_id, period_id, validator_key, slot, is_whole desc, priority, provider collate "C"
)

select
    proposed.chain_id,
    proposed.period_id,
    proposed.validator_key,
    proposed.slot,
    proposed.block_number,
    coalesce(proposed.block_hash, known_blocks.block_hash) as block_hash,
    agreed_fees.provider as fees_provider,
    coalesce(agreed_fees.fee_recipient, proposed.fee_recipient) as fee_recipient,
    agreed_fees.fee_wei,
    agreed_mev.provider as mev_provider,
    coalesce(agreed_mev.is_relay_known, false) as is_relay_known,
    coalesce(agreed_mev.has_relay, false) as has_relay,
    agreed_mev.proposer_fee_recipient,
    agreed_mev.claimed_wei,
    last_transactions.payment_provider,
    last_transactions.last_payer,
    last_transactions.last_payee,
    last_transactions.last_payment_wei
from proposed
left join known_blocks
    on
        proposed.chain_id = known_blocks.chain_id
        and proposed.period_id = known_blocks.period_id
        and proposed.block_number = known_blocks.block_number
left join agreed_fees
    on
        proposed.chain_id = agreed_fees.chain_id
        and proposed.period_id = agreed_fees.period_id
        and proposed.validator_key = agreed_fees.validator_key
        and proposed.slot = agreed_fees.slot
left join agreed_mev
    on
        proposed.chain_id = agreed_mev.chain_id
        and proposed.period_id = agreed_mev.period_id
        and proposed.validator_key = agreed_mev.validator_key
        and proposed.slot = agreed_mev.slot
left join last_transactions
    on
        proposed.chain_id = last_transactions.chain_id
        and proposed.period_id = last_transactions.period_id
        and proposed.block_number = last_transactions.block_number
        and (proposed.block_hash is null or proposed.block_hash = last_transactions.block_hash)
