{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(source('staging_eth_rpc', 'get_block_receipts'), parts={'receipts': "-> 'result'"}) }}
)

select
    answers.payload_id,
    coalesce(entry.entry_number, 0)::bigint as entry_number,
    answers.chain_id,
    answers.provider,
    answers.period_id,
    {{ hex_to_numeric("answers.request #>> '{body,params,0}'") }}::bigint as block_number,
    lower(entry.receipt ->> 'blockHash') as block_hash,
    {{ hex_to_numeric("entry.receipt ->> 'gasUsed'") }}::numeric(38, 0) as gas_used,
    {{ hex_to_numeric("entry.receipt ->> 'effectiveGasPrice'") }}::numeric(38, 0) as effective_gas_price_wei,
    entry.receipt ->> 'status' = '0x1' as is_successful
from answers
-- A block without transactions is one row with entry 0: an answer all the same.
left join lateral jsonb_array_elements(answers.receipts) with ordinality as entry (receipt, entry_number) on true
