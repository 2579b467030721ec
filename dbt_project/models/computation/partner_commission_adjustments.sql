{{ config(materialized='table', indexes=[{'columns': ['period_id']}]) }}

-- The corrections of frozen statements, each with its reason: those that are open, computed anew, and those that were
-- frozen with the statement they were posted to.
with differences as (
    select
        differences.*,
        {{ statement_key(
            'differences.partner_id', 'differences.chain_id', 'differences.posted_month',
            'coalesce(revisions.revision, 1)'
        ) }} as posted_statement_id
    from {{ ref('commission_differences') }} as differences
    left join {{ ref('statement_revisions') }} as revisions
        on
            differences.partner_id = revisions.partner_id
            and differences.chain_id = revisions.chain_id
            and differences.posted_month = revisions.statement_month
),

overridden as (
    select distinct differences.line_id
    from differences
    inner join {{ ref('stg_app__recorded_commission_overrides') }} as overrides
        on
            differences.agreement_id = overrides.agreement_id
            and differences.rule_key = overrides.rule_key
            and differences.chain_id = overrides.chain_id
            and differences.period_id = overrides.period_id
            and differences.validator_key = overrides.validator_key
            and differences.revenue_component = overrides.revenue_component
    where {{ recorded_after('overrides', 'differences.differs_since_at') }}
),

-- A fixed share asks nobody whose client a stake account is.
mapped_otherwise as (
    select distinct differences.line_id
    from differences
    inner join {{ ref('stg_app__recorded_partner_wallets') }} as wallets
        on
            differences.partner_id = wallets.partner_id
            and differences.chain_id = wallets.chain_id
            and differences.starts_at >= wallets.valid_from
            and (wallets.valid_until is null or differences.starts_at < wallets.valid_until)
    where
        differences.attribution_method is distinct from 'FIXED_SHARE'
        and {{ recorded_after('wallets', 'differences.differs_since_at') }}
    union
    -- A stake account that another partner names itself is taken from whoever has its withdraw authority.
    select distinct differences.line_id
    from differences
    inner join {{ ref('stake_rewards') }} as stakers
        on
            differences.chain_id = stakers.chain_id
            and differences.period_id = stakers.period_id
            and differences.validator_key = stakers.validator_key
    inner join {{ ref('stg_app__recorded_partner_wallets') }} as named
        on
            stakers.chain_id = named.chain_id
            and stakers.staker_key = named.address
            and named.wallet_kind = 'stake_account'
            and differences.partner_id <> named.partner_id
    inner join {{ ref('stg_app__partner_wallets') }} as own
        on
            differences.partner_id = own.partner_id
            and stakers.chain_id = own.chain_id
            and stakers.withdrawer_address = own.address
            and own.wallet_kind = 'withdrawer'
    where
        differences.attribution_method is distinct from 'FIXED_SHARE'
        and {{ recorded_after('named', 'differences.differs_since_at') }}
),

amended as (
    select distinct differences.line_id
    from differences
    inner join {{ ref('stg_app__recorded_agreement_versions') }} as versions
        on
            differences.starts_at >= versions.effective_from
            and (versions.effective_until is null or differences.starts_at < versions.effective_until)
            and {{ recorded_after('versions', 'differences.differs_since_at') }}
    where
        differences.agreement_id = versions.agreement_id
        -- Those who share a pool change each other's shares.
        or exists (
            select 1
            from {{ ref('stg_app__recorded_agreement_versions') }} as own
            where own.agreement_id = differences.agreement_id and own.pool = versions.pool
        )
    union
    select distinct differences.line_id
    from differences
    inner join {{ ref('stg_app__recorded_agreement_statuses') }} as statuses
        on
            differences.agreement_id = statuses.agreement_id
            and differences.starts_at >= statuses.effective_from
            and {{ recorded_after('statuses', 'differences.differs_since_at') }}
),

-- The cells that a line is computed from: its own; for a rule that cumulates, caps or shares, those of its rule in the
-- month so far; for a stream that carries, its earlier ones.
cells as (
    select
        line_id,
        chain_id,
        period_id,
        validator_key,
        1 as distance
    from differences
    union
    select
        differences.line_id,
        lines.chain_id,
        lines.period_id,
        lines.validator_key,
        2 as distance
    from differences
    inner join {{ ref('partner_commission_lines') }} as lines
        on
            differences.agreement_id = lines.agreement_id
            and differences.rule_key = lines.rule_key
            and differences.chain_id = lines.chain_id
            and differences.period_id >= lines.period_id
    inner join {{ ref('periods') }} as periods
        on
            lines.chain_id = periods.chain_id
            and lines.period_id = periods.period_id
            and differences.period_month = {{ statement_month('periods.starts_at', 'periods.ends_at') }}
    union
    select
        differences.line_id,
        carries.chain_id,
        carries.period_id,
        carries.validator_key,
        3 as distance
    from differences
    inner join {{ ref('commission_carries') }} as carries
        on
            differences.agreement_id = carries.agreement_id
            and differences.rule_key = carries.rule_key
            and differences.chain_id = carries.chain_id
            and differences.validator_key = carries.validator_key
            and differences.revenue_component = carries.revenue_component
            and differences.period_id > carries.period_id
),

counting_payloads as (
    select
        payload_id,
        chain_id,
        period_id,
        counts_since_at
    from {{ ref('int_counting_payloads') }}
    where period_id = any(array(select cells.period_id from cells))
),

payloads as (
    select
        data_type,
        chain_id,
        period_id,
        validator_key,
        payload_id
    from {{ ref('source_payloads') }}
    where period_id = any(array(select cells.period_id from cells))
),

new_payloads as (
    select distinct
        differences.line_id,
        cells.distance,
        payloads.payload_id
    from differences
    inner join cells on differences.line_id = cells.line_id
    inner join {{ ref('chains') }} as chains on cells.chain_id = chains.chain_id
    inner join payloads
        on
            cells.chain_id = payloads.chain_id
            and cells.period_id = payloads.period_id
            and cells.validator_key = payloads.validator_key
    inner join counting_payloads
        on
            payloads.payload_id = counting_payloads.payload_id
            and payloads.period_id = counting_payloads.period_id
            and differences.differs_since_at < counting_payloads.counts_since_at
    where
        differences.agreement_basis = 'NET'
        or case payloads.data_type
            when 'FEES' then differences.revenue_component = 'EXEC_FEES'
            when 'MEV' then differences.revenue_component = 'MEV_TIPS'
            when 'REWARDS' then differences.revenue_component in ('VOTE_REWARDS', 'COMMISSION')
            else false
        end
        -- Rewards and stake are also what weights are made of.
        or (
            differences.attribution_method is distinct from 'FIXED_SHARE' and payloads.data_type in ('REWARDS', 'META')
        )
        -- A commission on a client's validator may rest on what its blocks paid.
        or (chains.period_type = 'DAY' and differences.revenue_component = 'COMMISSION')
),

-- The nearest cell that changed says why.
changed_payloads as (
    select
        line_id,
        array_agg(payload_id order by payload_id collate "C") as payload_ids
    from (
        select
            line_id,
            payload_id,
            distance,
            min(distance) over (partition by line_id) as least_distance
        from new_payloads
    ) as nearest
    where distance = least_distance
    group by line_id
),

costs as (
    select distinct differences.line_id
    from differences
    inner join {{ ref('stg_app__recorded_operating_costs') }} as costs
        on
            differences.chain_id = costs.chain_id
            and differences.period_id = costs.period_id
            and differences.validator_key = costs.validator_key
    where
        differences.agreement_basis = 'NET'
        and {{ recorded_after('costs', 'differences.differs_since_at') }}
),

open_adjustments as (
    select
        {{ adjustment_key('differences.posted_statement_id', 'differences.line_id') }} as adjustment_id,
        case when differences.is_written_off then 'WRITE_OFF' else 'ADJUSTMENT' end as adjustment_type,
        case
            when overridden.line_id is not null then 'OVERRIDE'
            when mapped_otherwise.line_id is not null then 'MAPPING_CHANGED'
            when amended.line_id is not null then 'AGREEMENT_AMENDED'
            when not differences.is_stated then 'LATE_DATA'
            when changed_payloads.line_id is not null then 'PROVIDER_CORRECTION'
            when costs.line_id is not null then 'LATE_DATA'
            else 'MODEL_CHANGED'
        end as reason_code,
        differences.corrects_line_id,
        differences.partner_id,
        differences.agreement_id,
        differences.agreement_version,
        differences.rule_key,
        differences.chain_id,
        differences.period_id,
        differences.validator_key,
        differences.revenue_component,
        case when differences.is_written_off then 0 else differences.difference_native end as amount_native,
        case when differences.is_written_off then differences.difference_native end as memo_native,
        differences.recomputed_native as recomputed_amount_native,
        coalesce(changed_payloads.payload_ids, array[]::text[]) as payload_ids,
        differences.posted_statement_id,
        differences.posted_month,
        false as is_frozen
    from differences
    left join overridden on differences.line_id = overridden.line_id
    left join mapped_otherwise on differences.line_id = mapped_otherwise.line_id
    left join amended on differences.line_id = amended.line_id
    left join changed_payloads on differences.line_id = changed_payloads.line_id
    left join costs on differences.line_id = costs.line_id
),

frozen_adjustments as (
    select
        lines.line_id as adjustment_id,
        lines.line_kind as adjustment_type,
        lines.reason_code,
        lines.corrects_line_id,
        statements.partner_id,
        lines.agreement_id,
        lines.agreement_version,
        lines.rule_key,
        lines.chain_id,
        lines.period_id,
        lines.validator_key,
        lines.revenue_component,
        lines.stated_native as amount_native,
        lines.memo_native,
        lines.recomputed_amount_native,
        lines.payload_ids,
        lines.statement_id as posted_statement_id,
        statements.statement_month as posted_month,
        true as is_frozen
    from {{ ref('stg_app__statement_lines') }} as lines
    inner join {{ ref('stg_app__statements') }} as statements on lines.statement_id = statements.statement_id
    where lines.line_kind <> 'LINE' and statements.status in ({{ frozen_statuses() }})
),

adjustments as (
    select * from open_adjustments
    union all
    select * from frozen_adjustments
)

select
    adjustment_id::text as adjustment_id,
    adjustment_type::text as adjustment_type,
    reason_code::text as reason_code,
    corrects_line_id::text as corrects_line_id,
    partner_id::text as partner_id,
    agreement_id::text as agreement_id,
    agreement_version::integer as agreement_version,
    rule_key::text as rule_key,
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    revenue_component::text as revenue_component,
    amount_native::numeric(38, 18) as amount_native,
    memo_native::numeric(38, 18) as memo_native,
    recomputed_amount_native::numeric(38, 18) as recomputed_amount_native,
    payload_ids::text[] as payload_ids,
    posted_statement_id::text as posted_statement_id,
    posted_month::date as posted_month,
    is_frozen::boolean as is_frozen
from adjustments
