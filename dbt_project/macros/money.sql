{#-
  The money rules, one macro each, over whole base units. Shares multiply first and take one div(), which truncates
  exactly toward zero. COMMISSIONS.md, Revenue; tests hold them to the published oracles.
-#}

{#- Tip-router fee on the gross tips: trunc0(T * p / 10000). -#}
{% macro protocol_tips(gross, protocol_bps) -%}
    div(({{ gross }})::numeric * ({{ protocol_bps }})::numeric, 10000)
{%- endmacro %}

{#- The validator's tips: commission on the gross, giving way only where both would exceed it. -#}
{% macro validator_tips(gross, commission_bps, protocol_bps) -%}
    {#- Not least(): it passes nulls by, and an unknown commission would be read as all of it. -#}
    case
        when
            div(({{ gross }})::numeric * ({{ commission_bps }})::numeric, 10000)
            > ({{ gross }})::numeric - {{ protocol_tips(gross, protocol_bps) }}
            then ({{ gross }})::numeric - {{ protocol_tips(gross, protocol_bps) }}
        else div(({{ gross }})::numeric * ({{ commission_bps }})::numeric, 10000)
    end
{%- endmacro %}

{#- The stakers' tips: what protocol and validator leave. -#}
{% macro staker_tips(gross, commission_bps, protocol_bps) -%}
    (
        ({{ gross }})::numeric
        - {{ protocol_tips(gross, protocol_bps) }}
        - ({{ validator_tips(gross, commission_bps, protocol_bps) }})
    )
{%- endmacro %}

{#- A stored commission rate applies as at most 10000 basis points; an unknown one stays unknown. -#}
{% macro applied_bps(stored_bps) -%}
    case when {{ stored_bps }} > 10000 then 10000 else {{ stored_bps }} end
{%- endmacro %}

{#- The validator's side of one stake account's inflation reward (Tower): floored on its own. For checks, never revenue. -#}
{% macro inflation_commission(reward, stored_bps) -%}
    div(({{ reward }})::numeric * ({{ applied_bps(stored_bps) }})::numeric, 10000)
{%- endmacro %}

{#- The staker's side of the same reward: floored on its own, so that one lamport may vanish. For checks. -#}
{% macro inflation_staker_share(reward, stored_bps) -%}
    div(({{ reward }})::numeric * (10000 - ({{ applied_bps(stored_bps) }}))::numeric, 10000)
{%- endmacro %}

{#- What a block pays its leader: all priority fees, and base fees less the burned half, which is floored. -#}
{% macro leader_block_fee(base_fee, priority_fee) -%}
    (({{ priority_fee }})::numeric + ({{ base_fee }})::numeric - div(({{ base_fee }})::numeric * 50, 100))
{%- endmacro %}

{#- Block revenue shared with delegators (SIMD-0123): only the commission is the validator's. -#}
{% macro block_revenue_commission(block_revenue, stored_bps) -%}
    div(({{ block_revenue }})::numeric * ({{ applied_bps(stored_bps) }})::numeric, 10000)
{%- endmacro %}

{#-
  Largest remainder: a whole shared over the rows of each partition in proportion to non-negative weights. Every row
  gets its truncated quota; the units left go to the largest remainders, compared exactly, ties by key in byte order.
  Symmetric in sign; Σ share = whole wherever the weights sum above zero, else share is null.
  Gives a subquery: the relation's columns and `share`.
-#}
{% macro largest_remainder(relation, whole, weight, key, partition_by) -%}
    (
        select
            ranked.*,
            sign(ranked.{{ whole }}) * (
                ranked.quota
                + case when ranked.remainder_rank <= abs(ranked.{{ whole }}) - ranked.quota_total then 1 else 0 end
            ) as share
        from (
            select
                quotas.*,
                row_number() over (
                    partition by {{ partition_by }}
                    order by quotas.remainder desc, quotas.{{ key }} collate "C" asc
                ) as remainder_rank,
                sum(quotas.quota) over (partition by {{ partition_by }}) as quota_total
            from (
                select
                    weighed.*,
                    div(abs(weighed.{{ whole }}) * weighed.{{ weight }}, nullif(weighed.weight_total, 0)) as quota,
                    mod(abs(weighed.{{ whole }}) * weighed.{{ weight }}, nullif(weighed.weight_total, 0)) as remainder
                from (
                    select
                        parts.*,
                        sum(parts.{{ weight }}) over (partition by {{ partition_by }}) as weight_total
                    from {{ relation }} as parts
                ) as weighed
            ) as quotas
        ) as ranked
    )
{%- endmacro %}

{#- A payment that goes where the fees go contains them: MEV is what exceeds them. -#}
{% macro mev_beyond_fees(payment, fees) -%}
    {#- Not greatest(): it passes nulls by, and unknown fees would be read as none. -#}
    case when ({{ payment }}) - ({{ fees }}) < 0 then 0 else ({{ payment }}) - ({{ fees }}) end
{%- endmacro %}

{#- The operator's share of what is paid to a client's address for a block: trunc0 per payment. -#}
{% macro share_of_payment(payment, execution_fee_bps) -%}
    div(({{ payment }})::numeric * ({{ execution_fee_bps }})::numeric, 10000)
{%- endmacro %}

{#- The operator's share of a client's consensus income of a day, which can be negative: trunc0. -#}
{% macro consensus_commission(income, fee_bps) -%}
    div(({{ income }})::numeric * ({{ fee_bps }})::numeric, 10000)
{%- endmacro %}
