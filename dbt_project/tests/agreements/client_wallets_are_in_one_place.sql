{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'stg_app__partner_wallets'}}}) }}

-- WALLET_OVERLAP: an address of a chain that two wallets hold at the same time. A constraint refuses it; where that was
-- lifted, whose client it is would be counted twice.
with wallets as (
    select
        wallets.*,
        partners.partner_name,
        row_number() over (
            order by partners.partner_name collate "C", wallets.valid_from, wallets.wallet_id
        ) as place
    from {{ ref('stg_app__partner_wallets') }} as wallets
    inner join {{ ref('stg_app__partners') }} as partners on wallets.partner_id = partners.partner_id
),

held_twice as (
    select distinct on (later.place)
        later.partner_name,
        later.chain_id,
        later.address,
        earlier.partner_name as other_name,
        earlier.valid_from as other_from,
        earlier.valid_until as other_until
    from wallets as later
    inner join wallets as earlier
        on
            later.chain_id = earlier.chain_id
            and later.address = earlier.address
            and later.place > earlier.place
            and (earlier.valid_until is null or later.valid_from < earlier.valid_until)
            and (later.valid_until is null or later.valid_until > earlier.valid_from)
    order by later.place, earlier.place
)

select
    'WALLET_OVERLAP' as broken_rule,
    jsonb_build_object(
        'about', held_twice.partner_name,
        'reason',
        format('the wallet %s %s is %s''s too, from ', held_twice.chain_id, held_twice.address, held_twice.other_name)
        || {{ instant_as_written('held_twice.other_from') }}
        || coalesce(' until ' || {{ instant_as_written('held_twice.other_until') }}, '')
    ) as tested_row
from held_twice
