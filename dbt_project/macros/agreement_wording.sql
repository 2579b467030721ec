{#- How findings about agreements name things: as files do, and as `aurora agreements lint` does. -#}

{#- An instant as a file states it, with its microseconds where it has any. -#}
{% macro instant_as_written(instant) -%}
    replace(to_char({{ instant }} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000', '')
{%- endmacro %}

{#- A rule's key, or its default one, with a star for every chain. -#}
{% macro rule_as_shown(rule) -%}
    coalesce(
        {{ rule }}.rule_key,
        concat_ws(
            '/', coalesce({{ rule }}.chain_id, '*'), coalesce({{ rule }}.validator_key, '*'),
            {{ rule }}.revenue_component, {{ rule }}.attribution_method
        )
    )
{%- endmacro %}
