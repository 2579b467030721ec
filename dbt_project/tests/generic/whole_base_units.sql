{% test whole_base_units(model, column_name) %}
{#- An amount in the native unit holds no fraction of a base unit: numeric(38,18) rounds silently, so this is tested. -#}
with tested as (
    select * from {{ model }}
)

select
    tested.chain_id,
    tested.{{ column_name }}
from tested
inner join {{ ref('chains') }} as chains on tested.chain_id = chains.chain_id
where scale(trim_scale(tested.{{ column_name }})) > chains.native_decimals
{% endtest %}
