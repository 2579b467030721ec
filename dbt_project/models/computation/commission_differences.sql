{{ config(materialized='table') }}

-- What is computed today and not what frozen statements say, and where it is posted. A period whose month is frozen, or
-- lies before a frozen one, states nothing of its own any more: late data of it is a difference too.
with frozen_months as (
    {{ last_frozen_months() }}
),

periods as (
    select
        chain_id,
        period_id,
        starts_at,
        ends_at,
        {{ statement_month('starts_at', 'ends_at') }} as statement_month
    from {{ ref('periods') }}
),

lines as (
    select
        lines.*,
        periods.statement_month
    from {{ ref('partner_commission_lines') }} as lines
    inner join frozen_months
        on lines.partner_id = frozen_months.partner_id and lines.chain_id = frozen_months.chain_id
    inner join periods on lines.chain_id = periods.chain_id and lines.period_id = periods.period_id
),

compared as (
    select
        coalesce(lines.partner_id, stated.partner_id) as partner_id,
        coalesce(lines.agreement_id, stated.agreement_id) as agreement_id,
        coalesce(lines.rule_key, stated.rule_key) as rule_key,
        coalesce(lines.chain_id, stated.chain_id) as chain_id,
        coalesce(lines.period_id, stated.period_id) as period_id,
        coalesce(lines.validator_key, stated.validator_key) as validator_key,
        coalesce(lines.revenue_component, stated.revenue_component) as revenue_component,
        lines.statement_month,
        lines.agreement_id is not null as is_computed,
        stated.agreement_id is not null as is_stated,
        coalesce(lines.final_amount_native, 0) as recomputed_native,
        coalesce(stated.stated_native, 0) as stated_native,
        coalesce(lines.final_amount_native, 0) - coalesce(stated.stated_native, 0) as difference_native,
        coalesce(lines.agreement_version, stated.agreement_version) as agreement_version,
        coalesce(lines.attribution_method, stated.attribution_method) as attribution_method,
        stated.first_line_id,
        stated.stated_at
    from lines
    full join {{ ref('stated_commissions') }} as stated
        on
            lines.agreement_id = stated.agreement_id
            and lines.rule_key = stated.rule_key
            and lines.chain_id = stated.chain_id
            and lines.period_id = stated.period_id
            and lines.validator_key = stated.validator_key
            and lines.revenue_component = stated.revenue_component
),

-- Where corrections go: the earliest open statement after the last frozen one; they open one where there is none.
open_months as (
    select
        compared.partner_id,
        compared.chain_id,
        compared.statement_month
    from compared
    inner join frozen_months
        on
            compared.partner_id = frozen_months.partner_id
            and compared.chain_id = frozen_months.chain_id
            and compared.statement_month > frozen_months.last_frozen_month
    where not compared.is_stated
    union
    select
        partner_id,
        chain_id,
        statement_month
    from {{ ref('statement_revisions') }}
    where not is_frozen
    union
    select
        partner_id,
        chain_id,
        statement_month
    from {{ ref('statement_blockers') }}
    where opens_month
),

posting_months as (
    select
        frozen_months.partner_id,
        frozen_months.chain_id,
        frozen_months.last_frozen_month,
        coalesce(
            min(open_months.statement_month), (frozen_months.last_frozen_month + interval '1 month')::date
        ) as posted_month
    from frozen_months
    left join open_months
        on
            frozen_months.partner_id = open_months.partner_id
            and frozen_months.chain_id = open_months.chain_id
            and frozen_months.last_frozen_month < open_months.statement_month
    group by frozen_months.partner_id, frozen_months.chain_id, frozen_months.last_frozen_month
),

differing as (
    select
        compared.*,
        posting_months.posted_month
    from compared
    inner join posting_months
        on compared.partner_id = posting_months.partner_id and compared.chain_id = posting_months.chain_id
    where
        compared.difference_native <> 0
        and (compared.is_stated or compared.statement_month <= posting_months.last_frozen_month)
),

-- A line that is withheld is not known, which is not zero: nothing is claimed back until it is.
known as (
    select differing.*
    from differing
    left join lateral (
        select true as is_withheld
        from {{ ref('commission_diagnostics') }} as findings
        where
            findings.code in ('MISSING_DATA', 'WEIGHT_GT_ONE')
            and findings.agreement_id = differing.agreement_id
            and findings.chain_id = differing.chain_id
            and findings.period_id = differing.period_id
            and (findings.rule_key is null or findings.rule_key = differing.rule_key)
            and (findings.validator_key is null or findings.validator_key = differing.validator_key)
            and (findings.revenue_component is null or findings.revenue_component = differing.revenue_component)
        having count(*) > 0
    ) as findings on not differing.is_computed
    where findings.is_withheld is null
),

-- A correction of what no statement holds dates from the approval that left it out.
dated as (
    select
        known.*,
        periods.starts_at,
        periods.ends_at,
        coalesce(periods.statement_month, known.statement_month) as period_month,
        versions.clawback_months,
        versions.basis,
        coalesce(known.stated_at, passed.approved_at) as differs_since_at
    from known
    left join periods on known.chain_id = periods.chain_id and known.period_id = periods.period_id
    left join {{ ref('stg_app__recorded_agreement_versions') }} as versions
        on known.agreement_id = versions.agreement_id and known.agreement_version = versions.agreement_version
    left join lateral (
        select statements.approved_at
        from {{ ref('stg_app__statements') }} as statements
        where
            statements.partner_id = known.partner_id
            and statements.chain_id = known.chain_id
            and statements.status in ({{ frozen_statuses() }})
            and statements.statement_month >= known.statement_month
        order by statements.statement_month
        limit 1
    ) as passed on true
),

limited as (
    select
        dated.*,
        coalesce(
            dated.difference_native < 0
            and dated.ends_at
            < (dated.posted_month::timestamp - make_interval(months => dated.clawback_months)) at time zone 'UTC',
            false
        ) as is_written_off
    from dated
)

select
    {{ line_key('limited') }}::text as line_id,
    limited.partner_id::text as partner_id,
    limited.agreement_id::text as agreement_id,
    limited.rule_key::text as rule_key,
    limited.chain_id::text as chain_id,
    limited.period_id::bigint as period_id,
    limited.validator_key::text as validator_key,
    limited.revenue_component::text as revenue_component,
    limited.agreement_version::integer as agreement_version,
    limited.attribution_method::text as attribution_method,
    limited.basis::text as agreement_basis,
    limited.starts_at::timestamptz as starts_at,
    limited.period_month::date as period_month,
    limited.is_stated::boolean as is_stated,
    limited.stated_native::numeric(38, 18) as stated_native,
    limited.recomputed_native::numeric(38, 18) as recomputed_native,
    limited.difference_native::numeric(38, 18) as difference_native,
    limited.is_written_off::boolean as is_written_off,
    limited.first_line_id::text as corrects_line_id,
    limited.differs_since_at::timestamptz as differs_since_at,
    limited.posted_month::date as posted_month
from limited
where
    -- What was written off stays written off while the recomputed amount stands.
    not exists (
        select 1
        from {{ ref('stg_app__statement_lines') }} as written_off
        inner join {{ ref('stg_app__statements') }} as statements on written_off.statement_id = statements.statement_id
        where
            written_off.line_kind = 'WRITE_OFF'
            and statements.status in ({{ frozen_statuses() }})
            and written_off.agreement_id = limited.agreement_id
            and written_off.rule_key = limited.rule_key
            and written_off.chain_id = limited.chain_id
            and written_off.period_id = limited.period_id
            and written_off.validator_key = limited.validator_key
            and written_off.revenue_component = limited.revenue_component
            and written_off.recomputed_amount_native = limited.recomputed_native
            and written_off.memo_native = limited.difference_native
    )
