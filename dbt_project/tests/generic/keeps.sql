{% test keeps(
    model, primary_key, nullable_key=[], known=[], not_negative=[], whole_base_units=[], accepted_values={},
    relationships={}, holds={}
) %}
{#-
  Every rule of a model in one test, since a node costs dbt more than its query costs Postgres. Each failing row says
  which rule it breaks:

  - primary_key: no two rows share it, and every column of it but those in nullable_key has a value
  - known: columns beyond the key that always have a value
  - not_negative: amounts and counts that cannot be below zero
  - whole_base_units: amounts in the native unit without a fraction of a base unit, since numeric(38,18) rounds silently
  - accepted_values: the values that a column has, by column
  - relationships: the model (to) and column (field) where a column's values are found, by column
  - holds: identities of a row, by name: `total_is_the_sum: "a = b + c"`

  What is null breaks no rule but primary_key and known.
-#}
{%- set rules = {} -%}
{%- for column in known -%}
    {%- do rules.update({'known ' ~ column: column ~ ' is null'}) -%}
{%- endfor -%}
{%- for column in not_negative -%}
    {%- do rules.update({'not_negative ' ~ column: column ~ ' < 0'}) -%}
{%- endfor -%}
{%- for column in whole_base_units -%}
    {%- do rules.update({'whole_base_units ' ~ column: 'scale(trim_scale(' ~ column ~ ')) > unit_decimals'}) -%}
{%- endfor -%}
{%- for column, values in accepted_values.items() -%}
    {%- do rules.update({
        'accepted_values ' ~ column: column ~ "::text not in ('" ~ values | join("', '") ~ "')"
    }) -%}
{%- endfor -%}
{%- for name, expression in holds.items() -%}
    {%- do rules.update({'holds ' ~ name: 'not (' ~ expression ~ ')'}) -%}
{%- endfor %}
with model_rows as (
    select * from {{ model }}
),

tested as (
    {% if whole_base_units -%}
    select
        model_rows.*,
        chains.native_decimals as unit_decimals
    from model_rows
    left join {{ ref('chains') }} as chains on model_rows.chain_id = chains.chain_id
    {%- else -%}
    select * from model_rows
    {%- endif %}
)

select
    'primary_key' as broken_rule,
    to_jsonb(keys) as tested_row
from (
    select
        {{ primary_key | join(', ') }},
        count(*) as row_count
    from tested
    group by {{ primary_key | join(', ') }}
    having count(*) > 1 {%- for column in primary_key if column not in nullable_key %} or {{ column }} is null{% endfor %}
) as keys
{%- if rules %}

union all

select
    rule.broken_rule,
    to_jsonb(broken) as tested_row
from (
    select *
    from tested
    where
        {% for condition in rules.values() -%}
        ({{ condition }}){{ ' or' if not loop.last }}
        {% endfor %}
) as broken
cross join lateral (
    values
    {% for name, condition in rules.items() -%}
    ('{{ name }}', {{ condition }}){{ ',' if not loop.last }}
    {% endfor %}
) as rule (broken_rule, is_broken)
where rule.is_broken
{%- endif %}
{%- for column, target in relationships.items() %}

union all

select
    'relationships {{ column }}' as broken_rule,
    to_jsonb(children) as tested_row
from (
    select distinct {{ column }}
    from tested
    where {{ column }} is not null
) as children
where
    not exists (
        select 1
        from {{ target.to }} as parents
        where parents.{{ target.field }} = children.{{ column }}
    )
{%- endfor %}
{% endtest %}
