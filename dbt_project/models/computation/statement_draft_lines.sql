{{ config(materialized='table', indexes=[{'columns': ['statement_id']}]) }}

-- What open statements say, line by line: the lines of their month that no frozen statement holds, and the corrections
-- posted to them, with their fiat memo.
with frozen_months as (
    {{ last_frozen_months() }}
),

periods as (
    select
        chain_id,
        period_id,
        ends_at,
        {{ statement_month('starts_at', 'ends_at') }} as statement_month
    from {{ ref('periods') }}
),

open_lines as (
    select
        lines.partner_id,
        periods.statement_month,
        'LINE' as line_kind,
        lines.line_id,
        lines.agreement_id,
        lines.agreement_version,
        lines.rule_key,
        lines.chain_id,
        lines.period_id,
        lines.validator_key,
        lines.revenue_component,
        lines.attribution_method,
        lines.attribution_basis,
        lines.weight_basis,
        lines.base_amount_native,
        lines.weight_numerator,
        lines.weight_denominator,
        lines.attributed_amount_native,
        lines.commission_rate_bps,
        lines.pre_override_amount_native,
        lines.override_amount_native,
        lines.final_amount_native as amount_native,
        null::numeric as recomputed_amount_native,
        null::numeric as memo_native,
        null::text as reason_code,
        null::text as corrects_line_id,
        null::text[] as payload_ids
    from {{ ref('partner_commission_lines') }} as lines
    inner join periods on lines.chain_id = periods.chain_id and lines.period_id = periods.period_id
    left join frozen_months on lines.partner_id = frozen_months.partner_id and lines.chain_id = frozen_months.chain_id
    left join {{ ref('stated_commissions') }} as stated
        on
            lines.agreement_id = stated.agreement_id
            and lines.rule_key = stated.rule_key
            and lines.chain_id = stated.chain_id
            and lines.period_id = stated.period_id
            and lines.validator_key = stated.validator_key
            and lines.revenue_component = stated.revenue_component
    where
        periods.statement_month is not null
        and (frozen_months.last_frozen_month is null or frozen_months.last_frozen_month < periods.statement_month)
        and stated.agreement_id is null
),

open_adjustments as (
    select
        partner_id,
        posted_month as statement_month,
        adjustment_type as line_kind,
        adjustment_id as line_id,
        agreement_id,
        agreement_version,
        rule_key,
        chain_id,
        period_id,
        validator_key,
        revenue_component,
        null::text as attribution_method,
        null::text as attribution_basis,
        null::text as weight_basis,
        null::numeric as base_amount_native,
        null::numeric as weight_numerator,
        null::numeric as weight_denominator,
        null::numeric as attributed_amount_native,
        null::integer as commission_rate_bps,
        null::numeric as pre_override_amount_native,
        null::numeric as override_amount_native,
        amount_native,
        recomputed_amount_native,
        memo_native,
        reason_code,
        corrects_line_id,
        payload_ids
    from {{ ref('partner_commission_adjustments') }}
    where not is_frozen
),

all_lines as (
    select * from open_lines
    union all
    select * from open_adjustments
),

numbered as (
    select
        {{ statement_key(
            'all_lines.partner_id', 'all_lines.chain_id', 'all_lines.statement_month', 'coalesce(revisions.revision, 1)'
        ) }} as statement_id,
        coalesce(revisions.revision, 1) as revision,
        row_number() over (
            partition by all_lines.partner_id, all_lines.chain_id, all_lines.statement_month
            order by
                case all_lines.line_kind when 'LINE' then 1 when 'ADJUSTMENT' then 2 else 3 end,
                all_lines.period_id,
                all_lines.validator_key collate "C",
                all_lines.revenue_component collate "C",
                all_lines.agreement_id collate "C",
                all_lines.rule_key collate "C"
        ) as line_number,
        all_lines.*
    from all_lines
    left join {{ ref('statement_revisions') }} as revisions
        on
            all_lines.partner_id = revisions.partner_id
            and all_lines.chain_id = revisions.chain_id
            and all_lines.statement_month = revisions.statement_month
),

currencies as (
    select distinct
        chain_id,
        currency
    from {{ ref('stg_app__prices') }}
),

-- The last price at or before the end of the period itself.
period_prices as (
    select
        used.chain_id,
        used.period_id,
        currencies.currency,
        latest.price
    from (
        select distinct
            chain_id,
            period_id
        from numbered
    ) as used
    inner join periods on used.chain_id = periods.chain_id and used.period_id = periods.period_id
    inner join currencies on used.chain_id = currencies.chain_id
    inner join lateral (
        select prices.price
        from {{ ref('stg_app__prices') }} as prices
        where
            prices.chain_id = used.chain_id
            and prices.currency = currencies.currency
            and prices.priced_at <= periods.ends_at
        order by prices.priced_at desc
        limit 1
    ) as latest on true
),

valued as (
    select
        numbered.statement_id || ' ' || period_prices.currency as fiat_statement,
        numbered.statement_id,
        numbered.line_number,
        lpad(numbered.line_number::text, 10, '0') as line_order,
        period_prices.currency,
        period_prices.price,
        numbered.amount_native * period_prices.price as exact_value
    from numbered
    inner join period_prices
        on numbered.chain_id = period_prices.chain_id and numbered.period_id = period_prices.period_id
),

-- The total is rounded once, half away from zero, to cents; a line of the other sign takes none of it.
totals as (
    select
        fiat_statement,
        round(sum(exact_value), 2) * 100 as total_cents
    from valued
    group by fiat_statement
),

weighed as (
    select
        valued.*,
        totals.total_cents,
        case when sign(valued.exact_value) = sign(totals.total_cents) then abs(valued.exact_value) else 0 end as weight
    from valued
    inner join totals on valued.fiat_statement = totals.fiat_statement
),

fiat_memos as (
    select
        shared.statement_id,
        shared.line_number,
        jsonb_object_agg(
            shared.currency,
            jsonb_build_object(
                'price', trim_scale(shared.price)::text,
                'amount', (coalesce(shared.share, 0) * 0.01)::numeric(38, 2)::text
            )
        ) as fiat
    from {{ largest_remainder('weighed', 'total_cents', 'weight', 'line_order', 'fiat_statement') }} as shared
    group by shared.statement_id, shared.line_number
)

select
    numbered.statement_id::text as statement_id,
    numbered.line_number::integer as line_number,
    numbered.partner_id::text as partner_id,
    numbered.statement_month::date as statement_month,
    numbered.revision::integer as revision,
    numbered.line_kind::text as line_kind,
    numbered.line_id::text as line_id,
    numbered.agreement_id::text as agreement_id,
    numbered.agreement_version::integer as agreement_version,
    numbered.rule_key::text as rule_key,
    numbered.chain_id::text as chain_id,
    numbered.period_id::bigint as period_id,
    numbered.validator_key::text as validator_key,
    numbered.revenue_component::text as revenue_component,
    numbered.attribution_method::text as attribution_method,
    numbered.attribution_basis::text as attribution_basis,
    numbered.weight_basis::text as weight_basis,
    numbered.base_amount_native::numeric(38, 18) as base_amount_native,
    numbered.weight_numerator::numeric as weight_numerator,
    numbered.weight_denominator::numeric as weight_denominator,
    numbered.attributed_amount_native::numeric(38, 18) as attributed_amount_native,
    numbered.commission_rate_bps::integer as commission_rate_bps,
    numbered.pre_override_amount_native::numeric(38, 18) as pre_override_amount_native,
    numbered.override_amount_native::numeric(38, 18) as override_amount_native,
    numbered.amount_native::numeric(38, 18) as amount_native,
    numbered.recomputed_amount_native::numeric(38, 18) as recomputed_amount_native,
    numbered.memo_native::numeric(38, 18) as memo_native,
    numbered.reason_code::text as reason_code,
    numbered.corrects_line_id::text as corrects_line_id,
    numbered.payload_ids::text[] as payload_ids,
    fiat_memos.fiat::jsonb as fiat
from numbered
left join fiat_memos
    on numbered.statement_id = fiat_memos.statement_id and numbered.line_number = fiat_memos.line_number
