{{ config(
    indexes=[{'columns': ['period_id']}, {'columns': ['agreement_id', 'period_id']}],
    meta={'scoped_by': 'agreement'},
    post_hook=keep_statistics()
) }}

-- CARRY_FORWARD: what a stream could not pay is carried, period by period: line = max(0, carry + raw). With S the
-- running sum of what a stream starts with and its raw amounts, the carry after a period is S less the highest S so
-- far, zero included, so that one pass over the stream gives every period's.
with raw_amounts as (
    select
        amounts.agreement_id,
        amounts.rule_key,
        amounts.chain_id,
        amounts.period_id,
        amounts.validator_key,
        amounts.revenue_component,
        amounts.raw_base_units
    from {{ ref('commission_amounts') }} as amounts
    inner join {{ ref('int_commissions__terms') }} as terms
        on
            amounts.agreement_id = terms.agreement_id
            and amounts.chain_id = terms.chain_id
            and amounts.period_id = terms.period_id
            and {{ in_scope('terms.period_id') }}
    inner join {{ ref('stg_app__agreement_versions') }} as versions on terms.version_id = versions.version_id
    where
        {{ in_scope('amounts.period_id') }}
        and {{ in_agreement_scope('amounts.agreement_id', 'amounts.period_id') }}
        and amounts.raw_base_units is not null
        and versions.negative_policy = 'CARRY_FORWARD'
),

stream_starts as (
    select
        agreement_id,
        rule_key,
        chain_id,
        validator_key,
        revenue_component,
        min(period_id) as first_period_id
    from raw_amounts
    group by agreement_id, rule_key, chain_id, validator_key, revenue_component
),

-- The scope reaches to the end of a stream, so what was carried into it is what the last period before it left.
starts as (
    select
        stream_starts.*,
        {%- if is_incremental() %}
            coalesce(earlier.carried_out_base_units, 0) as start_base_units
        {%- else %}
            0::numeric as start_base_units
        {%- endif %}
    from
        stream_starts
    {%- if is_incremental() %}
        left join lateral (
            select earlier.carried_out_base_units
            from {{ this }} as earlier
            where
                earlier.agreement_id = stream_starts.agreement_id
                and earlier.rule_key = stream_starts.rule_key
                and earlier.chain_id = stream_starts.chain_id
                and earlier.validator_key = stream_starts.validator_key
                and earlier.revenue_component = stream_starts.revenue_component
                and earlier.period_id < stream_starts.first_period_id
            order by earlier.period_id desc
            limit 1
        ) as earlier on true
    {%- endif %}
),

running_sums as (
    select
        raw_amounts.*,
        starts.start_base_units
        + sum(raw_amounts.raw_base_units) over (
            partition by
                raw_amounts.agreement_id, raw_amounts.rule_key, raw_amounts.chain_id, raw_amounts.validator_key,
                raw_amounts.revenue_component
            order by raw_amounts.period_id
        ) as running_base_units
    from raw_amounts
    inner join starts
        on
            raw_amounts.agreement_id = starts.agreement_id
            and raw_amounts.rule_key = starts.rule_key
            and raw_amounts.chain_id = starts.chain_id
            and raw_amounts.validator_key = starts.validator_key
            and raw_amounts.revenue_component = starts.revenue_component
),

highest_sums as (
    select
        running_sums.*,
        greatest(0, max(running_sums.running_base_units) over (
            partition by
                running_sums.agreement_id,
                running_sums.rule_key,
                running_sums.chain_id,
                running_sums.validator_key,
                running_sums.revenue_component
            order by running_sums.period_id
        )) as highest_base_units
    from running_sums
),

carries as (
    select
        highest_sums.*,
        highest_sums.running_base_units - highest_sums.highest_base_units as carried_out,
        highest_sums.running_base_units
        - highest_sums.raw_base_units
        - coalesce(lag(highest_sums.highest_base_units) over (
            partition by
                highest_sums.agreement_id,
                highest_sums.rule_key,
                highest_sums.chain_id,
                highest_sums.validator_key,
                highest_sums.revenue_component
            order by highest_sums.period_id
        ), 0) as carried_in
    from highest_sums
)

select
    agreement_id::text as agreement_id,
    rule_key::text as rule_key,
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    revenue_component::text as revenue_component,
    carried_in::numeric(38, 0) as carried_in_base_units,
    raw_base_units::numeric(38, 0) as raw_base_units,
    (carried_in + raw_base_units - carried_out)::numeric(38, 0) as line_base_units,
    carried_out::numeric(38, 0) as carried_out_base_units
from carries
