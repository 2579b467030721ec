{#- Stand-ins for lint: what rests on a build under way, or on the graph, renders as something short that parses. -#}

{% macro in_scope(column) -%}
    {{ column }} is not null
{%- endmacro %}

{% macro in_agreement_scope(agreement, period) -%}
    {{ agreement }} is not null
{%- endmacro %}

{% macro of_touched_partner(partner) -%}
    {{ partner }} is not null
{%- endmacro %}

{% macro in_partner_scope(partner, period) -%}
    {{ partner }} is not null
{%- endmacro %}

{#- Text of hooks: dbt renders it, lint has nothing to say about it. -#}
{% macro touch_neighbours(data_type, query) -%}{%- endmacro %}

{% macro newly_final_periods() -%}{%- endmacro %}

{% macro periods_before_changed_starts() -%}{%- endmacro %}

{% macro periods_led_by_changed_identities() -%}{%- endmacro %}

{% macro periods_between_changed_sightings() -%}{%- endmacro %}

{% macro periods_rewarding_changed_accounts() -%}{%- endmacro %}

{% macro periods_rated_by_changed_snapshots() -%}{%- endmacro %}

{% macro newly_final_days() -%}{%- endmacro %}

{% macro days_of_changed_lives() -%}{%- endmacro %}

{% macro days_after_changed_ones() -%}{%- endmacro %}

{% macro keep_statistics() -%}{%- endmacro %}
