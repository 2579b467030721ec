{{ config(materialized='view') }}

-- Every blocking diagnostic, and the month whose statement waits for it.
with dated_periods as (
    select
        chain_id,
        period_id,
        {{ statement_month('starts_at', 'ends_at') }} as statement_month
    from {{ ref('periods') }}
),

-- A period of unknown bounds blocks the month of the period before it, or else of the one after.
periods as (
    select
        dated_periods.chain_id,
        dated_periods.period_id,
        coalesce(dated_periods.statement_month, before.statement_month, after.statement_month) as statement_month
    from dated_periods
    left join lateral (
        select earlier.statement_month
        from dated_periods as earlier
        where
            dated_periods.statement_month is null
            and earlier.chain_id = dated_periods.chain_id
            and earlier.period_id < dated_periods.period_id
            and earlier.statement_month is not null
        order by earlier.period_id desc
        limit 1
    ) as before on true
    left join lateral (
        select later.statement_month
        from dated_periods as later
        where
            dated_periods.statement_month is null
            and later.chain_id = dated_periods.chain_id
            and later.period_id > dated_periods.period_id
            and later.statement_month is not null
        order by later.period_id
        limit 1
    ) as after on true
),

frozen_months as (
    {{ last_frozen_months() }}
)

select
    diagnostics.diagnostic_id::text as diagnostic_id,
    diagnostics.code::text as code,
    diagnostics.partner_id::text as partner_id,
    diagnostics.chain_id::text as chain_id,
    diagnostics.period_id::bigint as period_id,
    diagnostics.validator_key::text as validator_key,
    diagnostics.detail::text as detail,
    periods.statement_month::date as statement_month,
    -- A month may have no line because of it: what is withheld is not nothing.
    (
        periods.statement_month is not null
        and (frozen_months.last_frozen_month is null or frozen_months.last_frozen_month < periods.statement_month)
    )::boolean as opens_month
from {{ ref('commission_diagnostics') }} as diagnostics
inner join periods on diagnostics.chain_id = periods.chain_id and diagnostics.period_id = periods.period_id
left join frozen_months
    on diagnostics.partner_id = frozen_months.partner_id and diagnostics.chain_id = frozen_months.chain_id
where diagnostics.is_blocking and diagnostics.partner_id is not null
