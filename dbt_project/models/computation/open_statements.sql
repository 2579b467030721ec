{{ config(materialized='view') }}

-- The statements that are open: months with lines or corrections that nobody froze, the next revision of a void one,
-- and months of which something is withheld, so that they are not passed over.
with months as (
    select
        partner_id,
        chain_id,
        statement_month,
        revision
    from {{ ref('statement_draft_lines') }}
    union
    select
        partner_id,
        chain_id,
        statement_month,
        revision
    from {{ ref('statement_revisions') }}
    where not is_frozen
    union
    select
        blockers.partner_id,
        blockers.chain_id,
        blockers.statement_month,
        coalesce(revisions.revision, 1) as revision
    from {{ ref('statement_blockers') }} as blockers
    left join {{ ref('statement_revisions') }} as revisions
        on
            blockers.partner_id = revisions.partner_id
            and blockers.chain_id = revisions.chain_id
            and blockers.statement_month = revisions.statement_month
    where blockers.opens_month
)

select
    {{ statement_key('partner_id', 'chain_id', 'statement_month', 'revision') }}::text as statement_id,
    partner_id::text as partner_id,
    chain_id::text as chain_id,
    statement_month::date as statement_month,
    revision::integer as revision
from months
