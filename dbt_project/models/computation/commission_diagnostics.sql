{{ config(indexes=[{'columns': ['period_id']}]) }}

-- Nothing is computed yet.
select
    null::text as diagnostic_id,
    null::text as code,
    null::text as severity,
    null::boolean as is_blocking,
    null::text as partner_id,
    null::text as agreement_id,
    null::text as rule_key,
    null::text as chain_id,
    null::bigint as period_id,
    null::text as validator_key,
    null::text as revenue_component,
    null::text as detail
where false
