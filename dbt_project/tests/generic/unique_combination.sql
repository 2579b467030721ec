{% test unique_combination(model, columns) %}
{#- The key of a table: no two rows share it. Null is no key: not_null tests hold each column to a value. -#}
select
    {{ columns | join(',\n    ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
