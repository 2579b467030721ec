{% test whole_base_units(model, columns) %}
{#- An amount in the native unit holds no fraction of a base unit: numeric(38,18) rounds silently, so this is tested. -#}
with tested as (
    select * from {{ model }}
)

select
    tested.chain_id,
    {% for column in columns -%}
    tested.{{ column }}{{ ',' if not loop.last }}
    {% endfor %}
from tested
inner join {{ ref('chains') }} as chains on tested.chain_id = chains.chain_id
where
    {% for column in columns -%}
    scale(trim_scale(tested.{{ column }})) > chains.native_decimals{{ ' or' if not loop.last }}
    {% endfor %}
{% endtest %}
