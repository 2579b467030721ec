{{ config(indexes=[{'columns': ['period_id']}]) }}


-- A validator's block fees of a day; null until every slot that it was to propose in, and the fees of every block, are
-- known. Without blocks they are zero, in the word of whoever told its slots.
with block_totals as (
    select
        blocks.chain_id,
        blocks.period_id,
        blocks.validator_key,
        min(blocks.fees_provider) as provider,
        bool_and(blocks.fee_wei is not null and blocks.fee_recipient is not null) as is_known
    from {{ ref('int_ethereum__blocks') }} as blocks
    where {{ in_scope('blocks.period_id') }}
    group by blocks.chain_id, blocks.period_id, blocks.validator_key
),

payment_totals as (
    select
        payments.chain_id,
        payments.period_id,
        payments.validator_key,
        sum(payments.paid_wei) filter (where payments.recipient_kind = 'OWN') as own_wei,
        sum(payments.paid_wei) filter (where payments.recipient_kind = 'CLIENT') as client_wei,
        sum({{ share_of_payment('payments.paid_wei', 'days.execution_fee_bps') }})
        filter (where payments.recipient_kind = 'CLIENT') as commission_wei,
        count(*) filter (where payments.recipient_kind = 'OWN') as payment_count
    from {{ ref('int_ethereum__payments') }} as payments
    inner join {{ ref('int_ethereum__validator_days') }} as days
        on
            payments.chain_id = days.chain_id
            and payments.period_id = days.period_id
            and payments.validator_key = days.validator_key
    where
        {{ in_scope('payments.period_id') }}
        and {{ in_scope('days.period_id') }}
        and payments.component = 'FEES'
    group by payments.chain_id, payments.period_id, payments.validator_key
)

select
    answers.chain_id,
    answers.period_id,
    answers.validator_key,
    coalesce(block_totals.provider, answers.provider) as provider,
    case when coalesce(block_totals.is_known, true) then coalesce(payment_totals.own_wei, 0) end::numeric(38, 0)
        as fee_wei,
    coalesce(payment_totals.own_wei, 0)::numeric(38, 0) as observed_fee_wei,
    case when coalesce(block_totals.is_known, true) then coalesce(payment_totals.client_wei, 0) end::numeric(38, 0)
        as client_wei,
    case when coalesce(block_totals.is_known, true) then coalesce(payment_totals.commission_wei, 0) end::numeric(38, 0)
        as commission_wei,
    coalesce(payment_totals.payment_count, 0) as fee_count
from {{ ref('int_ethereum__proposer_days') }} as answers
left join block_totals
    on
        answers.chain_id = block_totals.chain_id
        and answers.period_id = block_totals.period_id
        and answers.validator_key = block_totals.validator_key
left join payment_totals
    on
        answers.chain_id = payment_totals.chain_id
        and answers.period_id = payment_totals.period_id
        and answers.validator_key = payment_totals.validator_key
where {{ in_scope('answers.period_id') }} and answers.is_agreed
