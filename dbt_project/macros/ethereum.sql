{#- Ethereum's numbers as providers write them. Nothing here divides. -#}

{#- Gwei as a decimal string, to wei. -#}
{% macro gwei_to_wei(field) -%}
    (({{ field }})::numeric * 1000000000)::numeric(38, 0)
{%- endmacro %}

{#-
  A quantity of JSON-RPC (0x hex, up to 128 bits) as numeric, exactly: eight hex digits at a time, each an unsigned
  32-bit number.
-#}
{% macro hex_to_numeric(field) -%}
    (
        select
            sum(
                ('x' || substr(padded.digits, 1 + 8 * part.place, 8))::bit(32)::bigint::numeric
                * (array[79228162514264337593543950336, 18446744073709551616, 4294967296, 1]::numeric [])[1 + part.place]
            )
        from (select lpad(substr({{ field }}, 3), 32, '0') as digits) as padded
        cross join generate_series(0, 3) as part (place)
    )
{%- endmacro %}

{#- An epoch of a validator's life: "never" is the largest number of 64 bits. -#}
{% macro known_epoch(field) -%}
    nullif(({{ field }})::numeric, 18446744073709551615)::bigint
{%- endmacro %}

{#- The address within withdrawal credentials of type 0x01 or 0x02; a BLS key (0x00) holds none. -#}
{% macro withdrawal_address(credentials) -%}
    case
        when ({{ credentials }}) ~* '^0x0[12][0-9a-f]{62}$' then '0x' || lower(right({{ credentials }}, 40))
    end
{%- endmacro %}

{#- The day as YYYYMMDD. -#}
{% macro day_of_date(day_date) -%}
    to_char({{ day_date }}, 'YYYYMMDD')::bigint
{%- endmacro %}

{#- The first epoch whose first slot is not before midnight UTC of a date. -#}
{% macro first_epoch_of_day(day_date, chains) -%}
    (
        greatest(
            0,
            extract(epoch from ({{ day_date }})::timestamp at time zone 'UTC' - {{ chains }}.genesis_at)::bigint
            + {{ chains }}.slots_per_epoch * {{ chains }}.seconds_per_slot - 1
        ) / ({{ chains }}.slots_per_epoch * {{ chains }}.seconds_per_slot)
    )
{%- endmacro %}

{#- The epoch that an instant lies in. -#}
{% macro epoch_at(instant, chains) -%}
    (
        extract(epoch from {{ instant }} - {{ chains }}.genesis_at)::bigint
        / ({{ chains }}.slots_per_epoch * {{ chains }}.seconds_per_slot)
    )
{%- endmacro %}

{#- The day, as YYYYMMDD, that an epoch's data belongs to: the UTC date of its first slot. -#}
{% macro day_at_epoch(epoch, chains) -%}
    to_char(
        (
            {{ chains }}.genesis_at
            + ({{ epoch }}) * {{ chains }}.slots_per_epoch * {{ chains }}.seconds_per_slot * interval '1 second'
        ) at time zone 'UTC',
        'YYYYMMDD'
    )::bigint
{%- endmacro %}
