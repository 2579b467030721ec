{{ config(indexes=[{'columns': ['period_id']}]) }}


-- A block's priority fees by provider: over all receipts, failed transactions too, what was paid above the base fee
-- (per receipt, since a block's own gas used will differ from the sum of its receipts').
with counting_payloads as (
    select
        payload_id,
        last_seen_at
    from {{ ref('stg_ops__payload_sightings') }}
    where
        {{ in_scope('period_id') }}
        and is_counting
        and endpoint in ('get_block_by_number', 'get_block_receipts', 'block_rewards', 'block')
),

node_blocks as (
    select
        blocks.chain_id,
        blocks.period_id,
        blocks.provider,
        blocks.block_number,
        blocks.block_hash,
        blocks.fee_recipient,
        blocks.base_fee_per_gas_wei,
        blocks.transaction_count,
        blocks.last_payer,
        blocks.last_payee,
        blocks.last_payment_wei
    from {{ ref('stg_eth_rpc__blocks') }} as blocks
    inner join counting_payloads on blocks.payload_id = counting_payloads.payload_id
    where {{ in_scope('blocks.period_id') }} and blocks.block_tag like '0x%'
),

receipt_totals as (
    select
        node_blocks.chain_id,
        node_blocks.period_id,
        node_blocks.provider,
        node_blocks.block_number,
        count(receipts.block_hash) as receipt_count,
        bool_and(receipts.block_hash = node_blocks.block_hash) as is_same_block,
        coalesce(
            sum((receipts.effective_gas_price_wei - node_blocks.base_fee_per_gas_wei) * receipts.gas_used), 0
        ) as fee_wei
    from node_blocks
    inner join {{ ref('stg_eth_rpc__receipts') }} as receipts
        on
            node_blocks.chain_id = receipts.chain_id
            and node_blocks.period_id = receipts.period_id
            and node_blocks.provider = receipts.provider
            and node_blocks.block_number = receipts.block_number
    inner join counting_payloads on receipts.payload_id = counting_payloads.payload_id
    where {{ in_scope('receipts.period_id') }}
    group by node_blocks.chain_id, node_blocks.period_id, node_blocks.provider, node_blocks.block_number
),

node_fees as (
    select
        node_blocks.chain_id,
        node_blocks.period_id,
        node_blocks.provider,
        node_blocks.block_number,
        node_blocks.block_hash,
        node_blocks.fee_recipient,
        -- Receipts of another block of this number, or not of all its transactions, are no answer.
        case
            when
                receipt_totals.receipt_count = node_blocks.transaction_count
                and coalesce(receipt_totals.is_same_block, true)
                then receipt_totals.fee_wei
        end as fee_wei,
        node_blocks.last_payer,
        node_blocks.last_payee,
        node_blocks.last_payment_wei
    from node_blocks
    left join receipt_totals
        on
            node_blocks.chain_id = receipt_totals.chain_id
            and node_blocks.period_id = receipt_totals.period_id
            and node_blocks.provider = receipt_totals.provider
            and node_blocks.block_number = receipt_totals.block_number
),

explorer_hashes as (
    select distinct on (blocks.chain_id, blocks.period_id, blocks.provider, blocks.block_number)
        blocks.chain_id,
        blocks.period_id,
        blocks.provider,
        blocks.block_number,
        blocks.block_hash
    from {{ ref('stg_beaconchain__blocks') }} as blocks
    inner join counting_payloads on blocks.payload_id = counting_payloads.payload_id
    where {{ in_scope('blocks.period_id') }}
    order by
        blocks.chain_id,
        blocks.period_id,
        blocks.provider,
        blocks.block_number,
        counting_payloads.last_seen_at desc
),

explorer_fees as (
    select
        rewards.chain_id,
        rewards.period_id,
        rewards.provider,
        rewards.block_number,
        coalesce(rewards.block_hash, explorer_hashes.block_hash) as block_hash,
        rewards.fee_recipient,
        rewards.priority_fees_wei as fee_wei,
        null::text as last_payer,
        null::text as last_payee,
        null::numeric(38, 0) as last_payment_wei
    from {{ ref('stg_beaconchain__block_rewards') }} as rewards
    inner join counting_payloads on rewards.payload_id = counting_payloads.payload_id
    left join explorer_hashes
        on
            rewards.chain_id = explorer_hashes.chain_id
            and rewards.period_id = explorer_hashes.period_id
            and rewards.provider = explorer_hashes.provider
            and rewards.block_number = explorer_hashes.block_number
    where {{ in_scope('rewards.period_id') }}
)

select
    chain_id,
    period_id,
    provider,
    block_number,
    block_hash,
    fee_recipient,
    fee_wei::numeric(38, 0) as fee_wei,
    last_payer,
    last_payee,
    last_payment_wei
from node_fees
union all
select
    chain_id,
    period_id,
    provider,
    block_number,
    block_hash,
    fee_recipient,
    fee_wei,
    last_payer,
    last_payee,
    last_payment_wei
from explorer_fees
