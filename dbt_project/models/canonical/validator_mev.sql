{{ config(indexes=[{'columns': ['period_id']}]) }}

with serving_providers as (
    select
        chain_id,
        provider,
        priority
    from {{ ref('chain_provider_mappings') }}
    where data_type = 'MEV' and role in ('primary', 'fallback')
),

-- In a complete list an absent vote account is a real zero.
listed_tips as (
    select
        cells.chain_id,
        cells.period_id,
        cells.validator_key,
        lists.provider,
        serving_providers.priority,
        coalesce(tips.mev_revenue_lamports, 0) as gross_lamports,
        tips.mev_commission_bps,
        (tips.validator_key is not null)::integer as tip_count
    from {{ ref('int_validator_periods') }} as cells
    inner join {{ ref('int_solana__tip_lists') }} as lists
        on cells.chain_id = lists.chain_id and cells.period_id = lists.period_id and lists.is_complete
    inner join serving_providers
        on lists.chain_id = serving_providers.chain_id and lists.provider = serving_providers.provider
    left join {{ ref('int_solana__tips') }} as tips
        on
            cells.chain_id = tips.chain_id
            and cells.period_id = tips.period_id
            and cells.validator_key = tips.validator_key
            and lists.provider = tips.provider
            and {{ in_scope('tips.period_id') }}
    where {{ in_scope('cells.period_id') }} and {{ in_scope('lists.period_id') }}
),

-- Where the list is not in, only a validator known not to run Jito has none.
jito_lists as (
    select distinct
        chain_id,
        period_id,
        provider
    from {{ ref('int_solana__jito_validators') }}
    where {{ in_scope('period_id') }}
),

unlisted_zeros as (
    select
        cells.chain_id,
        cells.period_id,
        cells.validator_key,
        jito_lists.provider,
        1000 + serving_providers.priority as priority,
        0::numeric as gross_lamports,
        null::bigint as mev_commission_bps,
        0 as tip_count
    from {{ ref('int_validator_periods') }} as cells
    inner join jito_lists on cells.chain_id = jito_lists.chain_id and cells.period_id = jito_lists.period_id
    inner join serving_providers
        on jito_lists.chain_id = serving_providers.chain_id and jito_lists.provider = serving_providers.provider
    left join {{ ref('int_solana__jito_validators') }} as running
        on
            cells.chain_id = running.chain_id
            and cells.period_id = running.period_id
            and cells.validator_key = running.validator_key
            and jito_lists.provider = running.provider
            and running.is_running_jito
            and {{ in_scope('running.period_id') }}
    where {{ in_scope('cells.period_id') }} and running.validator_key is null
),

agreed_tips as (
    select distinct on (chain_id, period_id, validator_key)
        chain_id,
        period_id,
        validator_key,
        provider,
        gross_lamports,
        mev_commission_bps,
        tip_count
    from (
        select * from listed_tips
        union all
        select * from unlisted_zeros
    ) as candidates
    order by
        chain_id,
        period_id,
        validator_key,
        priority,
        provider collate "C"
),

rated_tips as (
    select
        agreed_tips.chain_id,
        agreed_tips.period_id,
        agreed_tips.validator_key,
        agreed_tips.provider,
        agreed_tips.gross_lamports,
        agreed_tips.mev_commission_bps,
        agreed_tips.tip_count,
        -- No tips need no rates.
        case when agreed_tips.gross_lamports = 0 then 0 else parameters.parameter_value end as protocol_bps,
        -- What the validator gives way to must be known too.
        case
            when agreed_tips.gross_lamports = 0 then 0
            when parameters.parameter_value is not null then agreed_tips.mev_commission_bps
        end as applied_commission_bps
    from agreed_tips
    left join {{ ref('chain_parameters') }} as parameters
        on
            agreed_tips.chain_id = parameters.chain_id
            and parameters.parameter_name = 'mev_protocol_fee_bps'
            and agreed_tips.period_id >= parameters.from_period
            and (parameters.until_period is null or agreed_tips.period_id < parameters.until_period)
),

ethereum_mev as (
    select
        mev.chain_id,
        mev.period_id,
        mev.validator_key,
        mev.provider,
        mev.gross_wei,
        mev.own_wei,
        mev.client_wei,
        mev.stranger_wei,
        mev.payment_count
    from {{ ref('int_ethereum__mev') }} as mev
    where {{ in_scope('mev.period_id') }}
)

select
    rated_tips.chain_id::text as chain_id,
    rated_tips.period_id::bigint as period_id,
    rated_tips.validator_key::text as validator_key,
    {{ to_native('rated_tips.gross_lamports', 'chains.native_decimals') }} as total_mev_native,
    rated_tips.tip_count::bigint as tip_count,
    rated_tips.mev_commission_bps::integer as mev_commission_bps,
    {{ to_native(
        validator_tips('rated_tips.gross_lamports', 'rated_tips.applied_commission_bps', 'rated_tips.protocol_bps'),
        'chains.native_decimals'
    ) }} as validator_mev_native,
    {{ to_native(
        protocol_tips('rated_tips.gross_lamports', 'rated_tips.protocol_bps'),
        'chains.native_decimals'
    ) }} as protocol_fee_native,
    {{ to_native(
        staker_tips('rated_tips.gross_lamports', 'rated_tips.applied_commission_bps', 'rated_tips.protocol_bps'),
        'chains.native_decimals'
    ) }} as stakers_mev_native,
    0::numeric(38, 18) as misdirected_mev_native,
    rated_tips.provider::text as source_provider
from rated_tips
inner join {{ ref('chains') }} as chains on rated_tips.chain_id = chains.chain_id
union all
select
    ethereum_mev.chain_id::text as chain_id,
    ethereum_mev.period_id::bigint as period_id,
    ethereum_mev.validator_key::text as validator_key,
    {{ to_native('ethereum_mev.gross_wei', 'chains.native_decimals') }} as total_mev_native,
    ethereum_mev.payment_count::bigint as tip_count,
    null::integer as mev_commission_bps,
    {{ to_native('ethereum_mev.own_wei', 'chains.native_decimals') }} as validator_mev_native,
    case when ethereum_mev.gross_wei is not null then 0 end::numeric(38, 18) as protocol_fee_native,
    {{ to_native('ethereum_mev.client_wei', 'chains.native_decimals') }} as stakers_mev_native,
    {{ to_native('ethereum_mev.stranger_wei', 'chains.native_decimals') }} as misdirected_mev_native,
    ethereum_mev.provider::text as source_provider
from ethereum_mev
inner join {{ ref('chains') }} as chains on ethereum_mev.chain_id = chains.chain_id
