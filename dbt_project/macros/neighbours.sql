{#-
  Where a period's numbers rest on a neighbouring one, the model that holds the neighbour's facts touches the periods
  whose answer may change (DESIGN.md, Incremental). In steady state each of these queries gives nothing or one period.
-#}

{#-
  A new running epoch makes periods final that lie `finality_lag` behind it, and those whose payout was not over then
  once they lie two behind it.
-#}
{% macro newly_final_periods() -%}
    select known.chain_id, known.period_id
    from {{ changed_rows() }} as head
    inner join {{ ref('chains') }} as chains on head.chain_id = chains.chain_id
    inner join {{ known_periods() }} as known on head.chain_id = known.chain_id
    where
        known.period_id <= head.period_id - chains.finality_lag
        and not exists (
            select 1
            from {{ this }} as earlier
            where
                earlier.chain_id = head.chain_id
                and earlier.period_id < head.period_id
                and known.period_id <= earlier.period_id - greatest(chains.finality_lag, 2)
        )
{%- endmacro %}

{#- An epoch ends where the next one starts. -#}
{% macro periods_before_changed_starts() -%}
    select changed.chain_id, changed.period_id - 1 as period_id
    from {{ changed_rows() }} as changed
    inner join {{ known_periods() }} as known
        on changed.chain_id = known.chain_id and changed.period_id - 1 = known.period_id
{%- endmacro %}

{#-
  The leaders of E are the vote accounts of the first snapshot from E−1 on that knows them, else the last one before:
  a snapshot of S speaks for the epochs from the identity's snapshot before S up to S+1, and for later ones where none
  follows.
-#}
{% macro periods_led_by_changed_identities() -%}
    select schedules.chain_id, schedules.period_id
    from {{ changed_rows() }} as changed
    inner join {{ ref('stg_solana_rpc__leader_schedules') }} as schedules
        on changed.chain_id = schedules.chain_id and changed.identity = schedules.leader_identity
    where
        schedules.period_id > coalesce((
            select max(earlier.period_id)
            from {{ this }} as earlier
            where
                earlier.chain_id = changed.chain_id
                and earlier.identity = changed.identity
                and earlier.period_id < changed.period_id
        ), -1)
        and (
            schedules.period_id <= changed.period_id + 1
            or not exists (
                select 1
                from {{ this }} as later
                where
                    later.chain_id = changed.chain_id
                    and later.identity = changed.identity
                    and later.period_id > changed.period_id
            )
        )
{%- endmacro %}

{#-
  A validator's rows run from its first to its last seen period: gaps between two sightings belong to it. An uncertain
  sighting (int_solana__validators_seen) closes no gap to the one before.
-#}
{% macro periods_between_changed_sightings() -%}
    select known.chain_id, known.period_id
    from {{ changed_rows() }} as changed
    inner join {{ known_periods() }} as known on changed.chain_id = known.chain_id
    where
        known.period_id > coalesce((
            select max(earlier.period_id)
            from {{ this }} as earlier
            where
                earlier.chain_id = changed.chain_id
                and earlier.validator_key = changed.validator_key
                and earlier.period_id < changed.period_id
                and earlier.is_certain
        ), (
            select min(earliest.period_id) - 1
            from {{ this }} as earliest
            where earliest.chain_id = changed.chain_id and earliest.validator_key = changed.validator_key
        ), changed.period_id)
        and known.period_id < coalesce((
            select min(later.period_id)
            from {{ this }} as later
            where
                later.chain_id = changed.chain_id
                and later.validator_key = changed.validator_key
                and later.period_id > changed.period_id
        ), changed.period_id)
{%- endmacro %}

{#- A list of stake accounts speaks for earlier epochs that have none of their own, where their rewards were asked for. -#}
{% macro periods_rewarding_changed_accounts() -%}
    select rewards.chain_id, rewards.period_id
    from {{ changed_rows() }} as changed
    inner join {{ ref('stg_solana_rpc__inflation_rewards') }} as rewards
        on changed.chain_id = rewards.chain_id and changed.stake_pubkey = rewards.address
    where
        rewards.period_id < changed.period_id
        and not exists (
            select 1
            from {{ this }} as between_them
            where
                between_them.chain_id = changed.chain_id
                and between_them.stake_pubkey = changed.stake_pubkey
                and between_them.period_id >= rewards.period_id
                and between_them.period_id < changed.period_id
        )
{%- endmacro %}

{#- The rate of E may rest on the last snapshot before E−1, where that is delayed (SIMD-0249), or on that of E−1. -#}
{% macro periods_rated_by_changed_snapshots() -%}
    select known.chain_id, known.period_id
    from {{ changed_rows() }} as changed
    inner join {{ known_periods() }} as known on changed.chain_id = known.chain_id
    where
        known.period_id > changed.period_id
        and known.period_id <= coalesce((
            select min(later.period_id)
            from {{ this }} as later
            where
                later.chain_id = changed.chain_id
                and later.validator_key = changed.validator_key
                and later.period_id > changed.period_id
        ), known.period_id) + 1
{%- endmacro %}

{#- A day is final once an epoch two past its last one is, seen from `finality_lag` days on. -#}
{% macro newly_final_days() -%}
    select days.chain_id, days.period_id
    from {{ changed_rows() }} as head
    inner join {{ ref('chains') }} as chains on head.chain_id = chains.chain_id
    inner join {{ known_periods() }} as days on head.chain_id = days.chain_id
    where
        days.period_id <= {{ day_of_date("to_date(head.period_id::text, 'YYYYMMDD') - chains.finality_lag::integer") }}
        and not exists (
            select 1
            from {{ this }} as earlier
            where
                earlier.chain_id = head.chain_id
                and earlier.first_seen_at < head.first_seen_at
                and days.period_id
                <= {{ day_of_date("to_date(earlier.period_id::text, 'YYYYMMDD') - chains.finality_lag::integer") }}
                and {{ day_at_epoch('earlier.finalized_epoch - 1', 'chains') }} > days.period_id
        )
{%- endmacro %}

{#-
  A validator's life is read from its latest view: a day with one that no other day has shown changes every day of its
  chain. In steady state a new day shows what the day before did.
-#}
{% macro days_of_changed_lives() -%}
    select known.chain_id, known.period_id
    from {{ changed_rows() }} as changed
    inner join {{ known_periods() }} as known on changed.chain_id = known.chain_id
    where
        not exists (
            select 1
            from {{ this }} as others
            where
                others.chain_id = changed.chain_id
                and others.validator_key = changed.validator_key
                and others.period_id <> changed.period_id
                and others.validator_index = changed.validator_index
                and others.withdrawal_address is not distinct from changed.withdrawal_address
                and others.activation_epoch is not distinct from changed.activation_epoch
                and others.exit_epoch is not distinct from changed.exit_epoch
                and others.withdrawable_epoch is not distinct from changed.withdrawable_epoch
                and others.is_slashed = changed.is_slashed
        )
{%- endmacro %}

{#- What a day's balances and attestations decide of the next day: income by balances, and penalties for slashings. -#}
{% macro days_after_changed_ones() -%}
    select known.chain_id, known.period_id
    from {{ changed_rows() }} as changed
    inner join {{ known_periods() }} as known
        on
            changed.chain_id = known.chain_id
            and {{ day_of_date("to_date(changed.period_id::text, 'YYYYMMDD') + 1") }} = known.period_id
{%- endmacro %}
