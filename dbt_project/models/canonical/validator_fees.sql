{{ config(indexes=[{'columns': ['period_id']}]) }}

-- Of the providers that were asked, the first in priority with a value serves it.
with candidate_fees as (
    select
        fees.chain_id,
        fees.period_id,
        fees.validator_key,
        fees.provider,
        fees.fee_lamports as fee_base_units,
        fees.observed_fee_lamports as observed_fee_base_units,
        fees.fee_count,
        mappings.priority
    from {{ ref('int_solana__fees') }} as fees
    inner join {{ ref('int_validator_periods') }} as cells
        on
            fees.chain_id = cells.chain_id
            and fees.period_id = cells.period_id
            and fees.validator_key = cells.validator_key
    inner join {{ ref('chain_provider_mappings') }} as mappings
        on
            fees.chain_id = mappings.chain_id
            and fees.provider = mappings.provider
            and mappings.data_type = 'FEES'
            and mappings.role in ('primary', 'fallback')
    where {{ in_scope('fees.period_id') }} and {{ in_scope('cells.period_id') }}
),

-- Of Ethereum's the providers are weighed block by block, where who was paid is judged.
chain_fees as (
    select
        candidate_fees.*,
        0::numeric as client_fee_base_units
    from candidate_fees
    union all
    select
        fees.chain_id,
        fees.period_id,
        fees.validator_key,
        fees.provider,
        fees.fee_wei,
        fees.observed_fee_wei,
        fees.fee_count,
        0 as priority,
        fees.client_wei
    from {{ ref('int_ethereum__fees') }} as fees
    where {{ in_scope('fees.period_id') }}
),

agreed_fees as (
    select distinct on (chain_id, period_id, validator_key)
        chain_id,
        period_id,
        validator_key,
        provider,
        fee_base_units,
        observed_fee_base_units,
        fee_count,
        client_fee_base_units
    from chain_fees
    order by chain_id, period_id, validator_key, (fee_base_units is null), priority, provider collate "C"
)

select
    agreed_fees.chain_id::text as chain_id,
    agreed_fees.period_id::bigint as period_id,
    agreed_fees.validator_key::text as validator_key,
    {{ to_native('agreed_fees.fee_base_units', 'chains.native_decimals') }} as total_fees_native,
    agreed_fees.fee_count::bigint as fee_count,
    {{ to_native('agreed_fees.observed_fee_base_units', 'chains.native_decimals') }} as observed_fees_native,
    {{ to_native('agreed_fees.client_fee_base_units', 'chains.native_decimals') }} as client_fees_native,
    agreed_fees.provider::text as source_provider
from agreed_fees
inner join {{ ref('chains') }} as chains on agreed_fees.chain_id = chains.chain_id
