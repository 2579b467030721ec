{% test known(model, columns) %}
{#- Columns beyond the key that always have a value. -#}
with tested as (
    select * from {{ model }}
)

select {{ columns | join(', ') }}
from tested
where {% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
