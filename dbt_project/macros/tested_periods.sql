{#-
  The predicate by which a conservation test reads the periods of the build under way: the scope of the model whose
  numbers it holds to account, so that a test costs the same however long the history. The test must refer to that
  model, or it runs before the scope is there. With AURORA_TEST_SCOPE=all it reads the whole table.
-#}
{% macro tested_periods(column, model_name) -%}
    {%- if not execute or env_var('AURORA_TEST_SCOPE', 'touched') == 'all' -%}
    true
    {%- else -%}
    {%- set tested = graph.nodes['model.' ~ project_name ~ '.' ~ model_name] -%}
    {%- if tested.unique_id not in model.depends_on.nodes -%}
        {{ exceptions.raise_compiler_error(model.name ~ ' reads the scope of ' ~ model_name ~ ' without referring to it') }}
    {%- endif -%}
    {{ column }} = any(array(select period_id from ops.model_scope where model = '{{ scope_name(tested) }}'))
    {%- endif -%}
{%- endmacro %}
