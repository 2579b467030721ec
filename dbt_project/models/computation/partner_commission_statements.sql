{{ config(materialized='view') }}

-- A view, so that a move shows at once: app.statements holds the only status, and from approval on the figures too.
with stated as (
    select
        statement_id,
        partner_id,
        chain_id,
        statement_month,
        revision,
        status,
        line_count,
        lines_native,
        adjustments_native,
        total_commission_native,
        carried_native,
        minimum_payout_native,
        payout_native,
        balance_native,
        fiat_totals,
        0 as blocking_count,
        false as is_approvable,
        content_hash,
        submitted_at,
        approved_at,
        released_at,
        paid_at,
        payment_reference,
        voided_at,
        void_reason
    from {{ ref('stg_app__statements') }}
    where status in ({{ frozen_statuses() }}, 'VOID')
),

drafted as (
    select
        drafts.statement_id,
        drafts.partner_id,
        drafts.chain_id,
        drafts.statement_month,
        drafts.revision,
        coalesce(statements.status, 'DRAFT') as status,
        drafts.line_count,
        drafts.lines_native,
        drafts.adjustments_native,
        drafts.total_commission_native,
        drafts.carried_native,
        drafts.minimum_payout_native,
        drafts.payout_native,
        drafts.balance_native,
        drafts.fiat_totals,
        drafts.blocking_count,
        drafts.is_approvable,
        statements.content_hash,
        statements.submitted_at,
        null::timestamptz as approved_at,
        null::timestamptz as released_at,
        null::timestamptz as paid_at,
        null::text as payment_reference,
        null::timestamptz as voided_at,
        null::text as void_reason
    from {{ ref('statement_drafts') }} as drafts
    left join {{ ref('stg_app__statements') }} as statements on drafts.statement_id = statements.statement_id
    where coalesce(statements.status, 'DRAFT') in ('DRAFT', 'PENDING_APPROVAL')
),

statements as (
    select * from stated
    union all
    select * from drafted
)

select
    statements.statement_id::text as statement_id,
    statements.partner_id::text as partner_id,
    partners.partner_name::text as partner_name,
    statements.chain_id::text as chain_id,
    chains.native_unit::text as native_unit,
    statements.statement_month::date as statement_month,
    statements.revision::integer as revision,
    statements.status::text as status,
    statements.line_count::bigint as line_count,
    statements.lines_native::numeric(38, 18) as lines_native,
    statements.adjustments_native::numeric(38, 18) as adjustments_native,
    statements.total_commission_native::numeric(38, 18) as total_commission_native,
    statements.carried_native::numeric(38, 18) as carried_native,
    statements.minimum_payout_native::numeric(38, 18) as minimum_payout_native,
    statements.payout_native::numeric(38, 18) as payout_native,
    statements.balance_native::numeric(38, 18) as balance_native,
    statements.fiat_totals::jsonb as fiat_totals,
    statements.blocking_count::bigint as blocking_count,
    statements.is_approvable::boolean as is_approvable,
    statements.content_hash::text as content_hash,
    statements.submitted_at::timestamptz as submitted_at,
    statements.approved_at::timestamptz as approved_at,
    statements.released_at::timestamptz as released_at,
    statements.paid_at::timestamptz as paid_at,
    statements.payment_reference::text as payment_reference,
    statements.voided_at::timestamptz as voided_at,
    statements.void_reason::text as void_reason
from statements
inner join {{ ref('stg_app__partners') }} as partners on statements.partner_id = partners.partner_id
inner join {{ ref('chains') }} as chains on statements.chain_id = chains.chain_id
