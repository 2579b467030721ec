{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'stg_app__agreement_versions'}}}) }}

-- POOL_OVER_ALLOCATED: fixed shares of one component, over all agreements in force, that are more than the whole.
-- POOL_SPLIT_NOT_WHOLE: a pool whose rates are not exactly the whole. Judged at every instant at which anything begins
-- or ends; each is said once, for when it first holds.
with versions as (
    select
        versions.version_id,
        versions.agreement_id,
        versions.effective_from,
        versions.effective_until,
        versions.stacking,
        versions.pool,
        partners.partner_name,
        agreements.agreement_name
    from {{ ref('stg_app__agreement_versions') }} as versions
    inner join {{ ref('stg_app__agreements') }} as agreements on versions.agreement_id = agreements.agreement_id
    inner join {{ ref('stg_app__partners') }} as partners on agreements.partner_id = partners.partner_id
),

-- On each chain that it is for; `*` stands for every validator that no rule names.
rules as (
    select
        rules.version_id,
        rules.rule_number,
        rules.rule_order,
        rules.chain_id is null as is_for_every_chain,
        chains.chain_id,
        coalesce(rules.validator_key, '*') as validator,
        rules.revenue_component,
        rules.attribution_method = 'FIXED_SHARE' as is_fixed,
        coalesce(
            rules.commission_rate_bps,
            (
                select max(tiers.commission_rate_bps)
                from {{ ref('stg_app__agreement_rule_tiers') }} as tiers
                where tiers.version_id = rules.version_id and tiers.rule_number = rules.rule_number
            ),
            0
        ) as highest_rate_bps
    from {{ ref('stg_app__agreement_rules') }} as rules
    inner join {{ ref('chains') }} as chains on rules.chain_id is null or rules.chain_id = chains.chain_id
    where rules.version_id in (select versions.version_id from versions)
),

validators as (
    select
        chain_id,
        validator
    from rules
    union
    select
        chain_id,
        '*' as validator
    from rules
),

-- What a version takes of a component wherever it is in force: the rule that counts, or every one.
matches as (
    select
        rules.version_id,
        rules.chain_id,
        validators.validator,
        component.revenue_component,
        rules.is_fixed,
        rules.highest_rate_bps,
        row_number() over (
            partition by rules.version_id, rules.chain_id, validators.validator, component.revenue_component
            order by
                (rules.validator = '*'), rules.is_for_every_chain, (rules.revenue_component = 'ALL'), rules.rule_order,
                rules.rule_number
        ) as precedence
    from rules
    inner join validators
        on rules.chain_id = validators.chain_id and rules.validator in ('*', validators.validator)
    inner join (
        values ('EXEC_FEES'), ('MEV_TIPS'), ('VOTE_REWARDS'), ('COMMISSION')
    ) as component (revenue_component)
        on rules.revenue_component in ('ALL', component.revenue_component)
),

shares as (
    select
        versions.version_id,
        versions.pool,
        matches.chain_id,
        matches.validator,
        matches.revenue_component,
        coalesce(sum(matches.highest_rate_bps) filter (where matches.is_fixed), 0) as rate_bps
    from matches
    inner join versions on matches.version_id = versions.version_id
    where versions.stacking = 'ADDITIVE' or matches.precedence = 1
    group by versions.version_id, versions.pool, matches.chain_id, matches.validator, matches.revenue_component
    having versions.pool is not null or sum(matches.highest_rate_bps) filter (where matches.is_fixed) > 0
),

instants as (
    select
        changes.at,
        row_number() over (order by changes.at) as place
    from (
        select effective_from as at from versions
        union
        select effective_until as at from versions
        where effective_until is not null
        union
        select effective_from as at from {{ ref('stg_app__agreement_statuses') }}
    ) as changes
),

in_force as (
    select
        instants.place,
        versions.version_id
    from instants
    inner join versions
        on
            instants.at >= versions.effective_from
            and (versions.effective_until is null or instants.at < versions.effective_until)
    left join lateral (
        select statuses.status
        from {{ ref('stg_app__agreement_statuses') }} as statuses
        where statuses.agreement_id = versions.agreement_id and statuses.effective_from <= instants.at
        order by statuses.effective_from desc
        limit 1
    ) as statuses on true
    where
        statuses.status = 'ACTIVE'
        -- With statuses on record, before the first of them an agreement is a draft; without any it is active.
        or (
            statuses.status is null
            and versions.agreement_id not in (
                select any_status.agreement_id from {{ ref('stg_app__agreement_statuses') }} as any_status
            )
        )
),

spans as (
    select
        version_id,
        min(place) as first_place,
        max(place) as last_place
    from (
        select
            version_id,
            place,
            place - row_number() over (partition by version_id order by place) as island
        from in_force
    ) as islands
    group by version_id, island
),

held_shares as (
    select
        shares.chain_id,
        shares.validator,
        shares.revenue_component,
        shares.pool,
        shares.rate_bps,
        spans.first_place,
        spans.last_place,
        versions.partner_name,
        versions.agreement_name
    from shares
    inner join spans on shares.version_id = spans.version_id
    inner join versions on shares.version_id = versions.version_id
),

cells as (
    select
        chain_id,
        validator,
        revenue_component,
        pool,
        array_agg(
            first_place order by partner_name collate "C", agreement_name collate "C", first_place
        ) as first_places,
        array_agg(
            last_place order by partner_name collate "C", agreement_name collate "C", first_place
        ) as last_places,
        array_agg(
            partner_name || '/' || agreement_name || ' ' || rate_bps
            order by partner_name collate "C", agreement_name collate "C", first_place
        ) as members
    from held_shares
    group by chain_id, validator, revenue_component, pool
),

-- Between two places where something begins or ends no sum changes, so that sums run from one to the next instead of
-- being taken anew at every instant. A validator that some rule in force names is a cell of its own, whether or not
-- that rule is one for a fixed share.
changes as (
    select
        turn.place,
        held_shares.chain_id,
        held_shares.validator,
        held_shares.revenue_component,
        held_shares.pool,
        turn.direction * held_shares.rate_bps as rate_bps,
        turn.direction as member_count,
        0 as naming_count
    from held_shares
    inner join lateral (
        values (held_shares.first_place, 1), (held_shares.last_place + 1, -1)
    ) as turn (place, direction) on true
    union all
    select
        turn.place,
        cells.chain_id,
        cells.validator,
        cells.revenue_component,
        cells.pool,
        0 as rate_bps,
        0 as member_count,
        turn.direction as naming_count
    from rules
    inner join spans on rules.version_id = spans.version_id
    inner join cells on rules.chain_id = cells.chain_id and rules.validator = cells.validator
    inner join lateral (
        values (spans.first_place, 1), (spans.last_place + 1, -1)
    ) as turn (place, direction) on true
),

sums as (
    select
        place,
        chain_id,
        validator,
        revenue_component,
        pool,
        sum(sum(rate_bps)) over running as rate_bps,
        sum(sum(member_count)) over running as member_count,
        sum(sum(naming_count)) over running as naming_count
    from changes
    group by chain_id, validator, revenue_component, pool, place
    window running as (partition by chain_id, validator, revenue_component, pool order by place)
),

misfits as (
    select
        sums.place,
        sums.pool,
        sums.rate_bps,
        concat_ws('/', sums.chain_id, sums.validator, sums.revenue_component) as cell,
        (
            select string_agg(member.named, ', ' order by member.number)
            from
                unnest(cells.first_places, cells.last_places, cells.members)
                with ordinality as member (first_place, last_place, named, number)
            where sums.place between member.first_place and member.last_place
        ) as members
    from sums
    inner join cells
        on
            sums.chain_id = cells.chain_id
            and sums.validator = cells.validator
            and sums.revenue_component = cells.revenue_component
            and sums.pool is not distinct from cells.pool
    where
        sums.member_count > 0
        and (sums.validator = '*' or sums.naming_count > 0)
        and case when sums.pool is null then sums.rate_bps > 10000 else sums.rate_bps <> 10000 end
),

named_misfits as (
    select
        misfits.*,
        instants.at
    from misfits
    inner join instants on misfits.place = instants.place
),

findings as (
    select
        case when pool is null then 'POOL_OVER_ALLOCATED' else 'POOL_SPLIT_NOT_WHOLE' end as code,
        coalesce('pool ' || pool, cell) as about,
        case
            when pool is null then 'fixed shares are ' || rate_bps || ' bps together, more than the whole'
            else 'its rates on ' || cell || ' are ' || rate_bps || ' bps together, not 10000'
        end || ' (' || members || ')' as reason,
        min(at) as first_at
    from named_misfits
    group by code, about, reason
)

select
    code as broken_rule,
    jsonb_build_object(
        'about', about,
        'reason', reason || ', first from ' || {{ instant_as_written('first_at') }}
    ) as tested_row
from findings
