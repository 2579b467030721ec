{{ config(indexes=[{'columns': ['period_id']}]) }}


-- What was paid for blocks of tracked validators to nobody's own address: never counted, always reported.
select
    payments.chain_id::text as chain_id,
    payments.period_id::bigint as period_id,
    payments.validator_key::text as validator_key,
    payments.block_number::bigint as block_number,
    payments.component::text as component,
    payments.recipient::text as recipient,
    {{ to_native('payments.paid_wei', 'chains.native_decimals') }} as amount_native,
    payments.provider::text as source_provider
from {{ ref('int_ethereum__payments') }} as payments
inner join {{ ref('chains') }} as chains on payments.chain_id = chains.chain_id
where {{ in_scope('payments.period_id') }} and payments.recipient_kind = 'STRANGER' and payments.paid_wei > 0
