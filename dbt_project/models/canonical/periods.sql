{{ config(indexes=[{'columns': ['period_id']}]) }}


with chain_periods as (
    select
        chain_id,
        period_id,
        starts_at,
        ends_at,
        first_slot,
        last_slot,
        is_finalized,
        finalized_at
    from {{ ref('int_solana__periods') }}
    where {{ in_scope('period_id') }}
    union all
    select
        chain_id,
        period_id,
        starts_at,
        ends_at,
        first_slot,
        last_slot,
        is_finalized,
        finalized_at
    from {{ ref('int_ethereum__periods') }}
    where {{ in_scope('period_id') }}
)

select
    chain_periods.chain_id::text as chain_id,
    chain_periods.period_id::bigint as period_id,
    chains.period_type::text as period_type,
    chain_periods.starts_at::timestamptz as starts_at,
    chain_periods.ends_at::timestamptz as ends_at,
    chain_periods.first_slot::bigint as first_slot,
    chain_periods.last_slot::bigint as last_slot,
    chain_periods.is_finalized::boolean as is_finalized,
    chain_periods.finalized_at::timestamptz as finalized_at
from chain_periods
inner join {{ ref('chains') }} as chains on chain_periods.chain_id = chains.chain_id
