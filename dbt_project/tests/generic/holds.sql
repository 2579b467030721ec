{% test holds(model, expressions) %}
{#-
  Identities of a row, by name: `total_is_the_sum: "a = b + c"`. A row for which one is unknown (a null) is not at
  fault. The failing rows say which identity they break.
-#}
with tested as (
    select * from {{ model }}
)

{% for name, expression in expressions.items() -%}
select
    '{{ name }}' as broken_identity,
    to_jsonb(tested) as tested_row
from tested
where not ({{ expression }})
{% if not loop.last -%}
union all
{% endif -%}
{% endfor %}
{% endtest %}
