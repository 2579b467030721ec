{% test holds(model, expression) %}
{#- An identity of a row, written as SQL: `a = b + c`. A row for which it is unknown (a null) is not at fault. -#}
select *
from {{ model }}
where not ({{ expression }})
{% endtest %}
