{#-
  Generic tests read the periods of the build under way; with AURORA_TEST_SCOPE=all they read the whole table (the
  nightly run). `in scope` is the project's default `where`; models without periods are read whole.
-#}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where', '') -%}
    {%- if where == 'in scope' -%}
        {%- set tested = namespace(node=none) -%}
        {%- for unique_id in model.depends_on.nodes if unique_id in graph.nodes -%}
            {%- set node = graph.nodes[unique_id] -%}
            {%- if (node.alias or node.name) == relation.identifier and node.schema == relation.schema -%}
                {%- set tested.node = node -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set scopes = [] -%}
        {%- if tested.node and 'period_id' in tested.node.columns and env_var('AURORA_TEST_SCOPE', 'touched') != 'all' -%}
            {%- if tested.node.config.materialized == 'incremental' -%}
                {%- do scopes.append(scope_name(tested.node)) -%}
            {%- elif tested.node.config.materialized == 'view' -%}
                {#- A view changes where the models beneath it do; one over tables alone is read whole, as they are. -#}
                {%- set beneath = [] -%}
                {%- do _upstream(tested.node, beneath, []) -%}
                {%- for node in graph.nodes.values() if node.config.materialized == 'incremental' -%}
                    {%- if scope_name(node) in beneath -%}{%- do scopes.append(scope_name(node)) -%}{%- endif -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endif -%}
        {%- if scopes -%}
        (
            select *
            from {{ relation }}
            where period_id = any(array(
                select period_id from ops.model_scope where model in ('{{ scopes | join("', '") }}')
            ))
        ) as dbt_subquery
        {%- else -%}
        {{ relation }}
        {%- endif -%}
    {%- elif where -%}
        (select * from {{ relation }} where {{ where }}) as dbt_subquery
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}
