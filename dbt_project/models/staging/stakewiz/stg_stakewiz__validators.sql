{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        {{ as_jsonb('payload') }} as body
    from {{ source('staging_stakewiz', 'validators') }}
    where {{ in_scope('period_id') }}
)

select
    source.payload_id,
    entry.entry_number,
    source.chain_id,
    source.provider,
    source.period_id,
    trunc({{ shown_numeric("(entry.validator ->> 'epoch')") }})::bigint as described_epoch,
    entry.validator ->> 'vote_identity' as vote_account,
    entry.validator ->> 'identity' as identity_account,
    -- SOL as the provider's decimal: for display and reconciliation, never for money.
    {{ shown_numeric("(entry.validator ->> 'activated_stake')") }} as activated_stake_sol,
    {{ shown_numeric("(entry.validator ->> 'commission')") }} as commission_percent,
    (entry.validator -> 'is_jito') = 'true'::jsonb as is_jito,
    trunc({{ shown_numeric("(entry.validator ->> 'jito_commission_bps')") }})::bigint as mev_commission_bps,
    {{ shown_numeric("(entry.validator ->> 'skip_rate')") }} as skip_rate_percentage,
    {{ shown_numeric("(entry.validator ->> 'uptime')") }} as uptime_percentage,
    (entry.validator -> 'delinquent') = 'true'::jsonb as is_delinquent
from source
cross join lateral jsonb_array_elements(source.body) with ordinality as entry (validator, entry_number)
