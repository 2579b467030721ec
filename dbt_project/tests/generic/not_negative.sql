{% test not_negative(model, column_name) %}
{#- An amount or count that cannot be below zero. -#}
select {{ column_name }}
from {{ model }}
where {{ column_name }} < 0
{% endtest %}
