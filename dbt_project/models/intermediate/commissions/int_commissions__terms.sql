{{ config(
    indexes=[{'columns': ['period_id']}],
    meta={'scoped_by': 'agreement'},
    post_hook=keep_statistics()
) }}

-- What is in force of an agreement when a period starts: that governs the whole period.
with periods as (
    select
        chain_id,
        period_id,
        starts_at,
        {{ statement_month('starts_at', 'ends_at') }} as statement_month
    from {{ ref('periods') }}
    where {{ in_scope('period_id') }}
),

-- An agreement is of interest on the chains that any of its rules is for, from its first version on.
begun as (
    select
        versions.agreement_id,
        chains.chain_id,
        min(versions.effective_from) as first_effective_from
    from {{ ref('stg_app__agreement_versions') }} as versions
    inner join {{ ref('stg_app__agreement_rules') }} as rules on versions.version_id = rules.version_id
    inner join {{ ref('chains') }} as chains on rules.chain_id is null or rules.chain_id = chains.chain_id
    group by versions.agreement_id, chains.chain_id
),

cells as (
    select
        agreements.partner_id,
        agreements.agreement_id,
        periods.chain_id,
        periods.period_id,
        periods.starts_at,
        periods.statement_month
    from begun
    inner join {{ ref('stg_app__agreements') }} as agreements on begun.agreement_id = agreements.agreement_id
    inner join periods on begun.chain_id = periods.chain_id
    where
        (periods.starts_at is null or periods.starts_at >= begun.first_effective_from)
        and {{ in_agreement_scope('agreements.agreement_id', 'periods.period_id') }}
)

select
    cells.agreement_id::text as agreement_id,
    cells.chain_id::text as chain_id,
    cells.period_id::bigint as period_id,
    cells.partner_id::text as partner_id,
    cells.starts_at::timestamptz as starts_at,
    cells.statement_month::date as statement_month,
    versions.version_id::text as version_id,
    versions.agreement_version::integer as agreement_version,
    -- With statuses on record, before the first of them an agreement is a draft; without any it is active.
    coalesce(
        statuses.status,
        case
            when exists (
                select 1
                from {{ ref('stg_app__agreement_statuses') }} as any_status
                where any_status.agreement_id = cells.agreement_id
            ) then 'DRAFT'
            else 'ACTIVE'
        end
    )::text as status
from cells
left join {{ ref('stg_app__agreement_versions') }} as versions
    on
        cells.agreement_id = versions.agreement_id
        and cells.starts_at >= versions.effective_from
        and (versions.effective_until is null or cells.starts_at < versions.effective_until)
left join lateral (
    select statuses.status
    from {{ ref('stg_app__agreement_statuses') }} as statuses
    where statuses.agreement_id = cells.agreement_id and statuses.effective_from <= cells.starts_at
    order by statuses.effective_from desc
    limit 1
) as statuses on true
