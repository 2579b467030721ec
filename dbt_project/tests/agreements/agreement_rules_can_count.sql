{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'stg_app__agreement_rules'}}}) }}

-- RULE_UNREACHABLE: under EXCLUSIVE a rule that others come before on every chain and component that it is for, in the
-- order by which a rule is chosen.
with rules as (
    select
        rules.*,
        versions.effective_from,
        partners.partner_name || '/' || agreements.agreement_name as about
    from {{ ref('stg_app__agreement_versions') }} as versions
    inner join {{ ref('stg_app__agreement_rules') }} as rules on versions.version_id = rules.version_id
    inner join {{ ref('stg_app__agreements') }} as agreements on versions.agreement_id = agreements.agreement_id
    inner join {{ ref('stg_app__partners') }} as partners on agreements.partner_id = partners.partner_id
    where versions.stacking = 'EXCLUSIVE'
),

cells as (
    select
        rules.version_id,
        rules.rule_number,
        rules.validator_key,
        coalesce(rules.chain_id, chains.chain_id) as chain_id,
        component.revenue_component
    from rules
    left join {{ ref('chains') }} as chains on rules.chain_id is null
    inner join (
        values ('EXEC_FEES'), ('MEV_TIPS'), ('VOTE_REWARDS'), ('COMMISSION')
    ) as component (revenue_component)
        on rules.revenue_component in ('ALL', component.revenue_component)
),

counting as (
    select distinct on (cells.version_id, cells.rule_number, cells.chain_id, cells.revenue_component)
        cells.version_id,
        cells.rule_number,
        rules.rule_number as counting_number
    from cells
    inner join rules
        on
            cells.version_id = rules.version_id
            and (rules.chain_id is null or cells.chain_id = rules.chain_id)
            and (rules.validator_key is null or cells.validator_key = rules.validator_key)
            and rules.revenue_component in ('ALL', cells.revenue_component)
    order by
        cells.version_id, cells.rule_number, cells.chain_id, cells.revenue_component,
        (rules.validator_key is null), (rules.chain_id is null), (rules.revenue_component = 'ALL'), rules.rule_order,
        rules.rule_number
)

select
    'RULE_UNREACHABLE' as broken_rule,
    jsonb_build_object(
        'about', rules.about,
        'reason',
        'the version from ' || {{ instant_as_written('rules.effective_from') }} || ': the rule '
        || {{ rule_as_shown('rules') }} || ' never counts: others come first everywhere'
    ) as tested_row
from rules
where
    not exists (
        select 1
        from counting
        where
            counting.version_id = rules.version_id
            and counting.rule_number = rules.rule_number
            and counting.counting_number = rules.rule_number
    )
