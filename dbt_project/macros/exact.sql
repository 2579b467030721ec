{#- Exactness: the only places where units change and text becomes JSON (DESIGN.md, Exactness). -#}

{#- Base units to the chain's native unit: multiplied, never divided, since numeric division keeps some 16 digits. -#}
{% macro to_native(base_units, native_decimals) -%}
    (({{ base_units }}) * ('1e-' || {{ native_decimals }})::numeric)::numeric(38, 18)
{%- endmacro %}

{#- Native unit to whole base units; the input holds no fraction of one (test whole_base_units). -#}
{% macro to_base_units(native, native_decimals) -%}
    (({{ native }}) * ('1e' || {{ native_decimals }})::numeric)::numeric(38, 0)
{%- endmacro %}

{#-
  A landed body as jsonb, or null where it holds the escape \u0000, which Postgres refuses (PITFALLS.md, 7). An
  escaped backslash before the u is no escape of NUL. Wrap it in a lateral with `offset 0`, or it is cast once per use.
-#}
{% macro as_jsonb(body) -%}
    case
        when strpos({{ body }}, '\u0000') = 0 then ({{ body }})::jsonb
        when {{ body }} !~ '(^|[^\\])(\\\\)*\\u0000' then ({{ body }})::jsonb
    end
{%- endmacro %}

{#- A number of a provider's view that is shown and never counted: null where it is not one, so that it stops nothing. -#}
{% macro shown_numeric(field) -%}
    case when {{ field }} ~ '^-?[0-9]{1,30}([.][0-9]{1,30})?([eE][-+]?[0-9]{1,2})?$' then ({{ field }})::numeric end
{%- endmacro %}

{#-
  The answers of an endpoint in scope, each body read once: who answered and for when, `request`, `body`, the landing
  columns in `more`, and `parts` of the body by name. A body that is no jsonb is left out. For a CTE of staging.
-#}
{% macro answers_of(landed, more=[], parts={}) -%}
    select
        landed.payload_id,
        landed.chain_id,
        landed.provider,
        landed.period_id,
        {%- for column in more %}
        landed.{{ column }},
        {%- endfor %}
        {%- for name, path in parts.items() %}
        parsed.body {{ path }} as {{ name }},
        {%- endfor %}
        parsed.request,
        parsed.body
    from {{ landed }} as landed
    inner join lateral (
        select
            landed.request::jsonb as request,
            {{ as_jsonb('landed.payload') }} as body
        offset 0 -- noqa: PRS
    ) as parsed on true
    where {{ in_scope('landed.period_id') }} and parsed.body is not null
{%- endmacro %}
