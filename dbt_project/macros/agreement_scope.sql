{#-
  The scope of the models of commissions: agreements and the periods in which their lines are computed anew.

  Two things touch a cell of it. A touched period (macros/scope.sql) touches every agreement in it. A row of
  app.touched_agreements, which the app schema's triggers write, touches one agreement: a version, a status, a client's
  wallet, an override. So a wallet that comes late costs what its partner's lines cost, not what everybody's do.

  The two have watermarks of their own, `model` and `model/agreements`: what an agreement's amendment touches can be
  computed at once, whether or not the models above have seen every period that was touched.

  A model says in its meta whose rows it replaces: `scoped_by: agreement`, `partner`, or `period` (every row of the
  periods touched). The periods of the scope are in ops.model_scope too, where tests and `in_scope` find them.
-#}

{% macro scoped_by() -%}
    {{ return(config.get('meta', {}).get('scoped_by')) }}
{%- endmacro %}

{#- For open_scope: after the touched periods of the model, what was touched of agreements. -#}
{% macro open_agreement_scope(name, upstream) -%}
    insert into ops.model_watermark (model, built_through, tested_through)
    values ('{{ name }}/agreements', '0', '0')
    on conflict (model) do nothing;

    update ops.model_watermark
    set pending = (
        select min(candidates.through)
        from (
            select pg_snapshot_xmin(pg_current_snapshot()) as through
            union all
            select watermark.built_through as through
            from ops.model_watermark as watermark
            where watermark.model in ({% for item in upstream %}'{{ item }}/agreements'{{ ', ' if not loop.last }}{% endfor %})
        ) as candidates
    )
    where model = '{{ name }}/agreements';

    delete from ops.agreement_scope where model = '{{ name }}';
    {%- if is_incremental() %}

    with periods as (
        select
            periods.chain_id,
            periods.period_id,
            periods.starts_at,
            {{ statement_month('periods.starts_at', 'periods.ends_at') }} as statement_month
        from {{ relation_of('periods') }} as periods
    ),

    touched as (
        select
            agreements.agreement_id,
            periods.chain_id,
            periods.period_id,
            periods.statement_month
        from ops.model_scope as scope
        inner join periods on scope.period_id = periods.period_id
        cross join {{ relation_of('stg_app__agreements') }} as agreements
        where scope.model = '{{ name }}'
        union
        select
            touches.agreement_id::text as agreement_id,
            periods.chain_id,
            periods.period_id,
            periods.statement_month
        from app.touched_agreements as touches
        cross join ops.model_watermark as watermark
        inner join periods
            on
                (touches.chain_id is null or touches.chain_id = periods.chain_id)
                and (
                    touches.period_id = periods.period_id
                    or (
                        touches.period_id is null
                        -- A period that nobody dated yet may start at any time.
                        and (periods.starts_at is null or periods.starts_at >= touches.effective_from)
                        and (
                            touches.effective_until is null
                            or coalesce(periods.starts_at < touches.effective_until, true)
                        )
                    )
                )
        where
            watermark.model = '{{ name }}/agreements'
            and touches.xid < watermark.pending
            and touches.xid >= watermark.tested_through
    ),

    -- What a period decides of later ones: the rest of a month's tiers, and every later carry.
    reaches as (
        select
            versions.agreement_id,
            bool_or(versions.negative_policy = 'CARRY_FORWARD') as carries_forward,
            bool_or(coalesce(rules.tier_basis = 'CUMULATIVE_MONTH', false)) as cumulates
        from {{ relation_of('stg_app__agreement_versions') }} as versions
        inner join {{ relation_of('stg_app__agreement_rules') }} as rules on versions.version_id = rules.version_id
        group by versions.agreement_id
    ),

    reached as (
        select
            touched.agreement_id,
            touched.period_id
        from touched
        union
        select
            touched.agreement_id,
            later.period_id
        from touched
        inner join reaches on touched.agreement_id = reaches.agreement_id
        inner join periods as later
            on
                touched.chain_id = later.chain_id
                and touched.period_id < later.period_id
                and (
                    reaches.carries_forward
                    or (reaches.cumulates and touched.statement_month = later.statement_month)
                )
    )

    insert into ops.agreement_scope (model, agreement_id, partner_id, period_id)
    select
        '{{ name }}',
        reached.agreement_id,
        agreements.partner_id,
        reached.period_id
    from reached
    inner join {{ relation_of('stg_app__agreements') }} as agreements on reached.agreement_id = agreements.agreement_id;

    insert into ops.model_scope (model, period_id)
    select distinct model, period_id
    from ops.agreement_scope
    where model = '{{ name }}'
    on conflict do nothing;
    {%- endif %}
{%- endmacro %}

{#- Whether a row's agreement is touched in its period; `true` while everything is built. -#}
{% macro in_agreement_scope(agreement, period) -%}
    {{ _in_scope_of('agreement_id', agreement, period) }}
{%- endmacro %}

{#- Whether any agreement of a row's partner is touched in its period. -#}
{% macro in_partner_scope(partner, period) -%}
    {{ _in_scope_of('partner_id', partner, period) }}
{%- endmacro %}

{#- Whether any agreement of a partner is touched in any period. -#}
{% macro of_touched_partner(partner) -%}
    {%- if is_incremental() -%}
    {{ partner }} in (select partner_id from ops.agreement_scope where model = '{{ scope_name() }}')
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{% macro _in_scope_of(whose, column, period) -%}
    {%- if is_incremental() -%}
    ({{ column }}, {{ period }}) in (
        select {{ whose }}, period_id from ops.agreement_scope where model = '{{ scope_name() }}'
    )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{#- The relation of a model that the one under way is built after, for hooks: they cannot refer. -#}
{% macro relation_of(model_name) -%}
    {{ graph.nodes['model.' ~ project_name ~ '.' ~ model_name].relation_name }}
{%- endmacro %}

{#-
  For a post-hook: what was just built is joined at once by the next model, whose plan turns quadratic where the planner
  takes it for a row or two (measured: 12,000 lines in 275 s instead of 0.1).
-#}
{% macro keep_statistics() -%}
    {{ return('analyze {{ this }}') }}
{%- endmacro %}
