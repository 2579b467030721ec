{#- The rules of commissions, one macro each, over whole base units (COMMISSIONS.md, Agreements). -#}

{#-
  The first day of the calendar month (UTC) that a period belongs to: that of its end less a microsecond, since ends are
  exclusive. A period that runs belongs, until its end is known, to the month it started in.
-#}
{% macro statement_month(starts_at, ends_at) -%}
    date_trunc(
        'month', coalesce({{ ends_at }} - interval '1 microsecond', {{ starts_at }}) at time zone 'UTC'
    )::date
{%- endmacro %}

{#- A fraction of base units as whole ones, truncated toward zero, once. -#}
{% macro truncated(numerator, denominator) -%}
    div(({{ numerator }})::numeric, ({{ denominator }})::numeric)
{%- endmacro %}

{#-
  Ten thousand times what tiers make of a base: for `MARGINAL` each slice at its own rate, for `WHOLE` all of it at the
  rate of the step that holds it. Symmetric in sign. `version_id` and `rule_number` name the rule; steps are in base
  units of its chain.
-#}
{% macro tiered(base, tier_mode, version_id, rule_number, native_decimals) -%}
    (
        select
            sign({{ base }}) * coalesce(sum(
                case
                    when {{ tier_mode }} = 'MARGINAL'
                        then (least(abs({{ base }}), steps.until_base_units) - steps.from_base_units) * steps.rate_bps
                    when abs({{ base }}) < steps.until_base_units or steps.until_base_units is null
                        then abs({{ base }}) * steps.rate_bps
                    else 0
                end
            ), 0)
        from {{ tier_steps(version_id, rule_number, native_decimals) }} as steps
        where steps.from_base_units <= abs({{ base }})
    )
{%- endmacro %}

{#- The rate of the step that holds a base. -#}
{% macro tier_rate(base, version_id, rule_number, native_decimals) -%}
    (
        select steps.rate_bps
        from {{ tier_steps(version_id, rule_number, native_decimals) }} as steps
        where steps.from_base_units <= abs({{ base }})
        order by steps.from_base_units desc
        limit 1
    )
{%- endmacro %}

{% macro tier_steps(version_id, rule_number, native_decimals) -%}
    (
        select
            {{ to_base_units('tiers.from_native', native_decimals) }} as from_base_units,
            lead({{ to_base_units('tiers.from_native', native_decimals) }}) over (
                order by tiers.from_native
            ) as until_base_units,
            tiers.commission_rate_bps::numeric as rate_bps
        from {{ ref('stg_app__agreement_rule_tiers') }} as tiers
        where tiers.version_id = {{ version_id }} and tiers.rule_number = {{ rule_number }}
    )
{%- endmacro %}

{#- What of a base lies in one step of its tiers; over all steps it sums to the base. Symmetric in sign. -#}
{% macro in_step(base, tier_mode) -%}
    case
        when {{ tier_mode }} = 'MARGINAL'
            then
                sign({{ base }})
                * greatest(least(abs({{ base }}), steps.until_base_units) - steps.from_base_units, 0)
        when abs({{ base }}) < steps.from_base_units then 0
        when abs({{ base }}) < steps.until_base_units or steps.until_base_units is null then {{ base }}
        else 0
    end
{%- endmacro %}

{#- A part of a fraction in lowest terms: `part` is its numerator or its denominator, which is above zero. -#}
{% macro in_lowest_terms(part, numerator, denominator) -%}
    div({{ part }}, gcd({{ numerator }}, {{ denominator }}))
{%- endmacro %}

{#- A fraction in lowest terms as people write it: 75/7, or 11 where nothing is left over. -#}
{% macro written_fraction(numerator, denominator) -%}
    concat_ws(
        '/', div({{ numerator }}, gcd({{ numerator }}, {{ denominator }})),
        nullif(div({{ denominator }}, gcd({{ numerator }}, {{ denominator }})), 1)
    )
{%- endmacro %}

{#- A native amount as text, without zeros at its end. -#}
{% macro written_native(native) -%}
    trim_scale({{ native }})::text
{%- endmacro %}

{#- Names a line: the same in every build, and in a statement that was frozen. -#}
{% macro line_key(source) -%}
    encode(sha256(convert_to(
        concat_ws(
            '|', {{ source }}.agreement_id, {{ source }}.rule_key, {{ source }}.chain_id, {{ source }}.period_id,
            {{ source }}.validator_key, {{ source }}.revenue_component
        ),
        'UTF8'
    )), 'hex')
{%- endmacro %}

{#- The line types that are costs, of which a NET version names those that it takes off. -#}
{% macro cost_line_types() -%}
    {{ return(['VOTE_COSTS', 'PRIORITY_FEES_SHARED', 'NETWORK_FEES', 'INFRA_COSTS', 'OTHER_COSTS']) }}
{%- endmacro %}

{#- What blocks a statement's approval (COMMISSIONS.md, Diagnostics). -#}
{% macro blocking_codes() -%}
    'MISSING_DATA', 'RECON_BREAK', 'STAKERS_INCOMPLETE', 'WEIGHT_GT_ONE', 'POOL_OVER_ALLOCATED', 'POOL_SPLIT_NOT_WHOLE',
    'OVERRIDE_STALE', 'NOT_FINALIZED'
{%- endmacro %}

{#-
  Joins the wallets of clients to stakers, `named` and `authorities`, judged when the period starts. An address belongs
  to one partner at a time; a stake account named itself beats its withdraw authority, whoever named it.
-#}
{% macro join_client_wallets(stakers) -%}
    left join {{ ref('stg_app__partner_wallets') }} as named
        on
            {{ stakers }}.chain_id = named.chain_id
            and {{ stakers }}.staker_key = named.address
            and named.wallet_kind in ('stake_account', 'withdrawal_address')
            and {{ stakers }}.starts_at >= named.valid_from
            and (named.valid_until is null or {{ stakers }}.starts_at < named.valid_until)
    left join {{ ref('stg_app__partner_wallets') }} as authorities
        on
            {{ stakers }}.chain_id = authorities.chain_id
            and {{ stakers }}.withdrawer_address = authorities.address
            and authorities.wallet_kind = 'withdrawer'
            and {{ stakers }}.starts_at >= authorities.valid_from
            and (authorities.valid_until is null or {{ stakers }}.starts_at < authorities.valid_until)
{%- endmacro %}
