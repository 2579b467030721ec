{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'stg_app__agreement_rules'}}}) }}

-- FLOOR_GT_CAP: a floor above the cap, which a constraint refuses too. TIERS_UNORDERED: steps of which none begins at
-- zero, so that a small base is at no rate; that two begin at the same base the key of the table refuses.
with rules as (
    select
        rules.*,
        partners.partner_name || '/' || agreements.agreement_name as about,
        'the version from ' || {{ instant_as_written('versions.effective_from') }} || ': the rule '
        || {{ rule_as_shown('rules') }} as named
    from {{ ref('stg_app__agreement_versions') }} as versions
    inner join {{ ref('stg_app__agreement_rules') }} as rules on versions.version_id = rules.version_id
    inner join {{ ref('stg_app__agreements') }} as agreements on versions.agreement_id = agreements.agreement_id
    inner join {{ ref('stg_app__partners') }} as partners on agreements.partner_id = partners.partner_id
)

select
    finding.code as broken_rule,
    jsonb_build_object('about', rules.about, 'reason', rules.named || finding.reason) as tested_row
from rules
inner join lateral (
    values
    (
        'FLOOR_GT_CAP',
        rules.floor_amount_native > rules.cap_amount_native,
        ' has a floor of ' || trim_scale(rules.floor_amount_native) || ' above its cap of '
        || trim_scale(rules.cap_amount_native)
    ),
    (
        'TIERS_UNORDERED',
        rules.tier_mode is not null
        and not exists (
            select 1
            from {{ ref('stg_app__agreement_rule_tiers') }} as tiers
            where
                tiers.version_id = rules.version_id
                and tiers.rule_number = rules.rule_number
                and tiers.from_native = 0
        ),
        ' has tiers of which none begins at 0'
    )
) as finding (code, is_broken, reason) on finding.is_broken
