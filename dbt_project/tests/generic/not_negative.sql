{% test not_negative(model, columns) %}
{#- Amounts and counts that cannot be below zero. -#}
with tested as (
    select * from {{ model }}
)

select {{ columns | join(', ') }}
from tested
where {% for column in columns %}{{ column }} < 0{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
