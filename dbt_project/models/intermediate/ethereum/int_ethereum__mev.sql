{{ config(indexes=[{'columns': ['period_id']}]) }}


-- A validator's MEV of a day: what was paid for its blocks beside the fees, by whom it went to; null until it is known
-- of every block whether a relay delivered it, and of each payment how much it was.
with block_totals as (
    select
        blocks.chain_id,
        blocks.period_id,
        blocks.validator_key,
        min(blocks.mev_provider) as provider,
        bool_and(blocks.is_relay_known and blocks.fee_recipient is not null) as is_known
    from {{ ref('int_ethereum__blocks') }} as blocks
    where {{ in_scope('blocks.period_id') }}
    group by blocks.chain_id, blocks.period_id, blocks.validator_key
),

payment_totals as (
    select
        payments.chain_id,
        payments.period_id,
        payments.validator_key,
        bool_and(payments.paid_wei is not null) as is_known,
        sum(payments.paid_wei) as gross_wei,
        sum(payments.paid_wei) filter (where payments.recipient_kind = 'OWN') as own_wei,
        sum(payments.paid_wei) filter (where payments.recipient_kind = 'CLIENT') as client_wei,
        sum(payments.paid_wei) filter (where payments.recipient_kind = 'STRANGER') as stranger_wei,
        sum({{ share_of_payment('payments.paid_wei', 'days.execution_fee_bps') }})
        filter (where payments.recipient_kind = 'CLIENT') as commission_wei,
        count(*) filter (where payments.paid_wei > 0) as payment_count
    from {{ ref('int_ethereum__payments') }} as payments
    inner join {{ ref('int_ethereum__validator_days') }} as days
        on
            payments.chain_id = days.chain_id
            and payments.period_id = days.period_id
            and payments.validator_key = days.validator_key
    where
        {{ in_scope('payments.period_id') }}
        and {{ in_scope('days.period_id') }}
        and payments.component = 'MEV'
    group by payments.chain_id, payments.period_id, payments.validator_key
),

known_days as (
    select
        answers.chain_id,
        answers.period_id,
        answers.validator_key,
        coalesce(block_totals.provider, answers.provider) as provider,
        coalesce(block_totals.is_known, true) and coalesce(payment_totals.is_known, true) as is_known,
        coalesce(payment_totals.gross_wei, 0) as gross_wei,
        coalesce(payment_totals.own_wei, 0) as own_wei,
        coalesce(payment_totals.client_wei, 0) as client_wei,
        coalesce(payment_totals.stranger_wei, 0) as stranger_wei,
        coalesce(payment_totals.commission_wei, 0) as commission_wei,
        coalesce(payment_totals.payment_count, 0) as payment_count
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
)

select
    chain_id,
    period_id,
    validator_key,
    provider,
    case when is_known then gross_wei end::numeric(38, 0) as gross_wei,
    case when is_known then own_wei end::numeric(38, 0) as own_wei,
    case when is_known then client_wei end::numeric(38, 0) as client_wei,
    case when is_known then stranger_wei end::numeric(38, 0) as stranger_wei,
    case when is_known then commission_wei end::numeric(38, 0) as commission_wei,
    payment_count
from known_days
