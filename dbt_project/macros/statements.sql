{#- The rules of statements, one macro each (COMMISSIONS.md, Statements). -#}

{#- What is copied and never changes again. -#}
{% macro frozen_statuses() -%}
    'APPROVED', 'RELEASED', 'PAID'
{%- endmacro %}

{#- The last frozen month of each partner and chain: no month up to it opens a statement any more. -#}
{% macro last_frozen_months() -%}
    select
        partner_id,
        chain_id,
        max(statement_month) as last_frozen_month
    from {{ ref('statement_revisions') }}
    where is_frozen
    group by partner_id, chain_id
{%- endmacro %}

{#- Names a statement: the same in every build, and for whoever moves it. -#}
{% macro statement_key(partner_id, chain_id, statement_month, revision) -%}
    md5(
        concat_ws('|', {{ partner_id }}, {{ chain_id }}, to_char({{ statement_month }}, 'YYYY-MM'), {{ revision }})
    )::uuid::text
{%- endmacro %}

{#- Names a correction: one for a line and the statement that it is posted to. -#}
{% macro adjustment_key(posted_statement_id, line_id) -%}
    encode(sha256(convert_to({{ posted_statement_id }} || '|' || {{ line_id }}, 'UTF8')), 'hex')
{%- endmacro %}

{#- Whether something was recorded, or superseded, after an instant. -#}
{% macro recorded_after(relation, instant) -%}
    ({{ relation }}.recorded_at > {{ instant }} or {{ relation }}.superseded_at > {{ instant }})
{%- endmacro %}

{#- All of a balance that is above zero and at least the minimum, else nothing; never below zero. -#}
{% macro payout(balance, minimum) -%}
    case when {{ balance }} > 0 and {{ balance }} >= {{ minimum }} then {{ balance }} else 0 end
{%- endmacro %}
