{#-
  How a view is built: replaced where it stands, in one statement, comments and hooks included.

  dbt's own materialization makes another view, renames both and drops the old one in six statements, and what was granted
  on it is gone. Postgres replaces no view that loses, renames or retypes a column: that one is dropped with what rests on
  it, which dbt builds next, as after its own swap.

  Where something else has the name, it is dbt's own.
-#}
{% materialization view, adapter='postgres' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and not existing.is_view -%}
        {{ return(dbt.materialization_view_default()) }}
    {%- endif -%}
    {%- set target = this.incorporate(type='view') -%}

    {%- call statement('main') -%}
    {{ hooks_as_one(pre_hooks) }}
    do $create_view$
    begin
        {{ create_or_replace_view(target, sql) }}
    exception when invalid_table_definition then
        drop view {{ target }} cascade;
        {{ create_or_replace_view(target, sql, checked=true) }}
    end
    $create_view$;
    {{ renew_comments(target) }}
    {{ hooks_as_one(post_hooks) }}
    {%- endcall -%}

    {%- do apply_grants(target, config.get('grants'), should_revoke=should_revoke(existing, full_refresh_mode=False)) -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{#- Where the model's contract is enforced, its columns are held to the YAML first, once. -#}
{% macro create_or_replace_view(target, sql, checked=false) -%}
    create or replace view {{ target }}
    {%- if config.get('contract').enforced and not checked %}
    {{ get_assert_columns_equivalent(sql) }}
    {%- endif %}
    as (
        {{ sql }}
    );
{%- endmacro %}
