{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- Schemas are what people query: named as DESIGN.md names them, without the target's prefix. -#}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
