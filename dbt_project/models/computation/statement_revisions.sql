{{ config(materialized='view') }}

-- Which revision of a month's statement counts: after a void one, the next.
with latest_revisions as (
    select distinct on (partner_id, chain_id, statement_month)
        partner_id,
        chain_id,
        statement_month,
        revision,
        status
    from {{ ref('stg_app__statements') }}
    order by partner_id, chain_id, statement_month, revision desc
)

select
    partner_id::text as partner_id,
    chain_id::text as chain_id,
    statement_month::date as statement_month,
    (case when status = 'VOID' then revision + 1 else revision end)::integer as revision,
    (status in ({{ frozen_statuses() }}))::boolean as is_frozen
from latest_revisions
