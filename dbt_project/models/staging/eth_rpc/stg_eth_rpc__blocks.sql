{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(source('staging_eth_rpc', 'get_block_by_number')) }}
)

select
    answers.payload_id,
    answers.chain_id,
    answers.provider,
    answers.period_id,
    answers.request #>> '{body,params,0}' as block_tag,
    {{ hex_to_numeric("answers.body #>> '{result,number}'") }}::bigint as block_number,
    lower(answers.body #>> '{result,hash}') as block_hash,
    lower(answers.body #>> '{result,miner}') as fee_recipient,
    to_timestamp({{ hex_to_numeric("answers.body #>> '{result,timestamp}'") }}::bigint) as block_time,
    {{ hex_to_numeric("answers.body #>> '{result,baseFeePerGas}'") }}::numeric(38, 0) as base_fee_per_gas_wei,
    jsonb_array_length(answers.body #> '{result,transactions}')::bigint as transaction_count,
    lower(last_transaction.body ->> 'from') as last_payer,
    lower(last_transaction.body ->> 'to') as last_payee,
    {{ hex_to_numeric("last_transaction.body ->> 'value'") }}::numeric(38, 0) as last_payment_wei
from answers
left join lateral (
    select answers.body #> '{result,transactions,-1}' as body
    where jsonb_typeof(answers.body #> '{result,transactions,-1}') = 'object'
) as last_transaction on true
