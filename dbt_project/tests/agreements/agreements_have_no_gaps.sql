{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'stg_app__agreement_versions'}}}) }}

-- VERSION_GAP: between two versions of an agreement none is in force. Allowed, and probably no one's wish; here and in
-- the tests beside it a finding is what `aurora agreements lint` says of what is recorded.
with versions as (
    select
        partners.partner_name || '/' || agreements.agreement_name as about,
        versions.effective_until,
        lead(versions.effective_from) over (
            partition by versions.agreement_id
            order by versions.effective_from
        ) as next_from
    from {{ ref('stg_app__agreement_versions') }} as versions
    inner join {{ ref('stg_app__agreements') }} as agreements on versions.agreement_id = agreements.agreement_id
    inner join {{ ref('stg_app__partners') }} as partners on agreements.partner_id = partners.partner_id
)

select
    'VERSION_GAP' as broken_rule,
    jsonb_build_object(
        'about', versions.about,
        'reason',
        'no version is in force from ' || {{ instant_as_written('versions.effective_until') }}
        || ' until ' || {{ instant_as_written('versions.next_from') }} || ': nothing is earned in that gap'
    ) as tested_row
from versions
where versions.effective_until < versions.next_from
