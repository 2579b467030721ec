{{ config(materialized='view') }}

select
    source.payload_id,
    entry.validator ->> 'chain_id' as chain_id,
    entry.validator ->> 'validator_key' as validator_key,
    listed.address_kind,
    listed.address_number,
    lower(listed.address) as address
from {{ source('staging_registry', 'chains') }} as source
cross join lateral jsonb_array_elements(source.payload::jsonb -> 'validators') as entry (validator)
cross join lateral (
    select
        'FEE_RECIPIENT' as address_kind,
        recipient.address,
        recipient.place as address_number
    from jsonb_array_elements_text(entry.validator -> 'fee_recipients') with ordinality as recipient (address, place)
    union all
    select
        'WITHDRAWAL' as address_kind,
        entry.validator ->> 'withdrawal_address' as address,
        1 as address_number
    where entry.validator ->> 'withdrawal_address' is not null
) as listed
