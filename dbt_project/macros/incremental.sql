{#-
  How an incremental model takes in its rows: dbt's append strategy with `on_schema_change: fail`, in one statement.

  dbt's own materialization asks information_schema for the columns of a model five to nine times a run and rewrites
  every comment: measured, a fifth of what a build with nothing to do costs. The columns are known here: the YAML names
  them with their types, and a test holds it to the built tables. So the rows are computed into a temporary table
  (`create table as` runs parallel, `insert … select` never does: SHAPE.md), its columns are compared with the model's
  table, comments that changed are written, and the rows are appended under the columns' names.

  The first build and a full refresh are dbt's own.
-#}
{% materialization incremental, adapter='postgres' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is none or existing.is_view or should_full_refresh() -%}
        {{ return(dbt.materialization_incremental_default()) }}
    {%- endif -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set new_rows = make_temp_relation(target) -%}
    {%- set columns = model.columns.keys() | join(', ') -%}

    {%- call statement('main') -%}
    {{ hooks_as_one(pre_hooks) }}
    create temporary table {{ new_rows }} on commit drop as (
        {{ sql }}
    );
    {{ refuse_other_columns(new_rows, target) }}
    {{ renew_comments(target) }}
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ new_rows }};
    {%- endcall -%}

    {%- do apply_grants(target, config.get('grants'), should_revoke=should_revoke(existing, full_refresh_mode=False)) -%}
    {%- call statement('close') -%}
    {{ hooks_as_one(post_hooks) }}
    {%- endcall -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{#- Hooks run in the transaction of the model; each is a template of its own to dbt, compiled at every model. -#}
{% macro hooks_as_one(hooks) -%}
    {%- if hooks | selectattr('transaction', 'equalto', False) | list -%}
        {{ exceptions.raise_compiler_error(model.name ~ ': a hook outside of the transaction would leave its scope open') }}
    {%- endif -%}
    {%- set texts = [] -%}
    {%- for hook in hooks -%}
        {%- do texts.append(hook.sql) -%}
        {%- do texts.append(';') -%}
    {%- endfor -%}
    {{ render(texts | join('\n')) }}
{%- endmacro %}

{#- Ends the build where a model's columns, by name and type, are no longer those of its table. -#}
{% macro refuse_other_columns(new_rows, target) -%}
    do $refuse_other_columns$
    declare
        differences text;
    begin
        with new_columns as (
            select attname, format_type(atttypid, atttypmod) as type_name
            from pg_attribute
            where attrelid = '{{ new_rows }}'::regclass and attnum > 0 and not attisdropped
        ),

        table_columns as (
            select attname, format_type(atttypid, atttypmod) as type_name
            from pg_attribute
            where attrelid = '{{ target }}'::regclass and attnum > 0 and not attisdropped
        )

        select string_agg(
            format(
                '%s is %s in the model and %s in the table', attname,
                coalesce(new_columns.type_name, 'not there'), coalesce(table_columns.type_name, 'not there')
            ),
            '; ' order by attname
        )
        into differences
        from new_columns
        full join table_columns using (attname)
        where new_columns.type_name is distinct from table_columns.type_name;

        if differences is not null then
            raise exception 'the columns of {{ scope_name() }} changed: %', differences
            using hint = 'build it anew: aurora transform --full-refresh --select {{ model.name }}+';
        end if;
    end
    $refuse_other_columns$;
{%- endmacro %}

{#- Writes the descriptions that are not yet the comments of the relation and its columns. -#}
{% macro renew_comments(target) -%}
    {%- if config.persist_relation_docs() and config.persist_column_docs() -%}
    do $renew_comments$
    declare
        changed record;
    begin
        for changed in
            select described.attname, described.description
            from (
                values
                (null, {{ postgres_escape_comment(model.description) }})
                {%- for column in model.columns.values() %},
                ('{{ column.name }}', {{ postgres_escape_comment(column.description) }})
                {%- endfor %}
            ) as described (attname, description)
            left join pg_attribute as attribute
                on attribute.attrelid = '{{ target }}'::regclass and described.attname = attribute.attname
            left join pg_description as comment
                on
                    comment.objoid = '{{ target }}'::regclass
                    and comment.classoid = 'pg_class'::regclass
                    and comment.objsubid = coalesce(attribute.attnum, 0)
            where comment.description is distinct from described.description
        loop
            if changed.attname is null then
                execute format(
                    'comment on {{ target.type }} %s is %L', '{{ target }}'::regclass, changed.description
                );
            else
                execute format(
                    'comment on column %s.%I is %L', '{{ target }}'::regclass, changed.attname, changed.description
                );
            end if;
        end loop;
    end
    $renew_comments$;
    {%- endif -%}
{%- endmacro %}
