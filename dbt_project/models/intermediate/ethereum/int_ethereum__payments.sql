{{ config(indexes=[{'columns': ['period_id']}]) }}

-- Who was paid what for a block (COMMISSIONS.md, Ethereum). With a relay: the payment to its recipient is MEV where the
-- builder took the fees, else what exceeds the fees is. Without one: the fees are the recipient's where it is
-- somebody's own here; a stranger who took them may have paid by the last transaction; if not, they went astray.
with judged_blocks as (
    select
        blocks.chain_id,
        blocks.period_id,
        blocks.validator_key,
        blocks.slot,
        blocks.block_number,
        blocks.fees_provider,
        blocks.fee_recipient,
        blocks.fee_wei,
        blocks.mev_provider,
        blocks.is_relay_known,
        blocks.has_relay,
        blocks.proposer_fee_recipient,
        -- The builder's own payment on chain is V; else the relay's claim is.
        case
            when
                blocks.last_payer = blocks.fee_recipient and blocks.last_payee = blocks.proposer_fee_recipient
                and blocks.fee_recipient <> blocks.proposer_fee_recipient
                then blocks.last_payment_wei
            else blocks.claimed_wei
        end as paid_wei,
        blocks.last_payer,
        blocks.last_payee,
        blocks.last_payment_wei,
        fee_recipients.recipient_kind as fee_recipient_kind,
        payees.recipient_kind as last_payee_kind
    from {{ ref('int_ethereum__blocks') }} as blocks
    left join {{ ref('int_ethereum__recipients') }} as fee_recipients
        on
            blocks.chain_id = fee_recipients.chain_id
            and blocks.period_id = fee_recipients.period_id
            and blocks.validator_key = fee_recipients.validator_key
            and blocks.fee_recipient = fee_recipients.address
            and {{ in_scope('fee_recipients.period_id') }}
    left join {{ ref('int_ethereum__recipients') }} as payees
        on
            blocks.chain_id = payees.chain_id
            and blocks.period_id = payees.period_id
            and blocks.validator_key = payees.validator_key
            and blocks.last_payee = payees.address
            and {{ in_scope('payees.period_id') }}
    where {{ in_scope('blocks.period_id') }}
),

payments as (
    select
        chain_id,
        period_id,
        validator_key,
        slot,
        block_number,
        'MEV' as component,
        proposer_fee_recipient as recipient,
        paid_wei,
        mev_provider as provider
    from judged_blocks
    where is_relay_known and has_relay and fee_recipient <> proposer_fee_recipient
    union all
    select
        chain_id,
        period_id,
        validator_key,
        slot,
        block_number,
        'MEV' as component,
        fee_recipient as recipient,
        {{ mev_beyond_fees('paid_wei', 'fee_wei') }} as paid_wei,
        mev_provider as provider
    from judged_blocks
    where is_relay_known and has_relay and fee_recipient = proposer_fee_recipient
    union all
    select
        chain_id,
        period_id,
        validator_key,
        slot,
        block_number,
        'MEV' as component,
        last_payee as recipient,
        last_payment_wei as paid_wei,
        mev_provider as provider
    from judged_blocks
    where
        is_relay_known
        and not has_relay
        and fee_recipient_kind is null
        and last_payee_kind is not null
        and last_payer = fee_recipient
    union all
    select
        chain_id,
        period_id,
        validator_key,
        slot,
        block_number,
        'FEES' as component,
        fee_recipient as recipient,
        fee_wei as paid_wei,
        fees_provider as provider
    from judged_blocks
    where
        fee_wei is not null
        and case
            when is_relay_known and has_relay then fee_recipient = proposer_fee_recipient
            -- A stranger's fees went astray only where nobody else can have paid for the block.
            when fee_recipient_kind is null
                then is_relay_known and not coalesce(last_payee_kind is not null and last_payer = fee_recipient, false)
            else true
        end
)

select
    payments.chain_id,
    payments.period_id,
    payments.validator_key,
    payments.slot,
    payments.block_number,
    payments.component,
    payments.recipient,
    coalesce(recipients.recipient_kind, 'STRANGER') as recipient_kind,
    payments.paid_wei::numeric(38, 0) as paid_wei,
    payments.provider
from payments
left join {{ ref('int_ethereum__recipients') }} as recipients
    on
        payments.chain_id = recipients.chain_id
        and payments.period_id = recipients.period_id
        and payments.validator_key = recipients.validator_key
        and payments.recipient = recipients.address
        and {{ in_scope('recipients.period_id') }}
