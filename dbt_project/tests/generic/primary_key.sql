{% test primary_key(model, columns, nullable=[]) %}
{#- The key of a table: every column has a value (but for those named), and no two rows share them. One query for both. -#}
with tested as (
    select * from {{ model }}
)

select
    {{ columns | join(',\n    ') }},
    count(*) as row_count
from tested
group by {{ columns | join(', ') }}
having count(*) > 1 {%- for column in columns if column not in nullable %} or {{ column }} is null{% endfor %}
{% endtest %}
