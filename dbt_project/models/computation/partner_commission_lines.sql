{{ config(indexes=[{'columns': ['period_id']}]) }}

-- Nothing is computed yet.
select
    null::text as line_id,
    null::text as partner_id,
    null::text as agreement_id,
    null::integer as agreement_version,
    null::text as rule_key,
    null::text as chain_id,
    null::bigint as period_id,
    null::text as validator_key,
    null::text as revenue_component,
    null::text as attribution_method,
    null::text as attribution_basis,
    null::text as weight_basis,
    null::numeric(38, 18) as base_amount_native,
    null::numeric as weight_numerator,
    null::numeric as weight_denominator,
    null::numeric(38, 18) as attributed_amount_native,
    null::integer as commission_rate_bps,
    null::numeric(38, 18) as pre_override_amount_native,
    null::numeric(38, 18) as override_amount_native,
    null::numeric(38, 18) as final_amount_native,
    null::boolean as is_finalized
where false
