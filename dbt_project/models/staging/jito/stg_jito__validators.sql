{{ config(indexes=[{'columns': ['period_id']}]) }}

with source as (
    select
        payload_id,
        chain_id,
        provider,
        period_id,
        {{ as_jsonb('payload') }} -> 'validators' as validators
    from {{ source('staging_jito', 'validators') }}
    where {{ in_scope('period_id') }}
)

select
    source.payload_id,
    coalesce(entry.entry_number, 0)::bigint as entry_number,
    source.chain_id,
    source.provider,
    source.period_id,
    entry.validator ->> 'vote_account' as vote_account,
    entry.validator ->> 'identity_account' as identity_account,
    (entry.validator ->> 'mev_commission_bps')::bigint as mev_commission_bps,
    case entry.validator -> 'running_jito'
        when 'true'::jsonb then true
        when 'false'::jsonb then false
    end as is_running_jito
from source
left join lateral jsonb_array_elements(source.validators) with ordinality as entry (validator, entry_number) on true
where source.validators is not null
