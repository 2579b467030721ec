{{ config(indexes=[{'columns': ['period_id']}]) }}


-- Two providers about one number: the one that serves it, and each other one that told it too, in whatever role. Beyond
-- max(absolute tolerance, relative tolerance of the first) it is a break (COMMISSIONS.md, Statements).
with served_fees as (
    select
        served.chain_id,
        served.period_id,
        served.validator_key,
        'total_fees_native' as metric,
        served.source_provider as provider_a,
        others.provider as provider_b,
        served.total_fees_native as value_a,
        {{ to_native('others.fee_lamports', 'chains.native_decimals') }} as value_b
    from {{ ref('validator_fees') }} as served
    inner join {{ ref('chains') }} as chains on served.chain_id = chains.chain_id
    inner join {{ ref('int_solana__fees') }} as others
        on
            served.chain_id = others.chain_id
            and served.period_id = others.period_id
            and served.validator_key = others.validator_key
            and served.source_provider <> others.provider
    where {{ in_scope('served.period_id') }} and {{ in_scope('others.period_id') }}
),

-- What the vote account itself is to be paid, against its commission on the gross.
paid_tips as (
    select
        served.chain_id,
        served.period_id,
        served.validator_key,
        'validator_mev_native' as metric,
        served.source_provider as provider_a,
        claimants.provider || '.staker_rewards' as provider_b,
        served.validator_mev_native as value_a,
        {{ to_native('claimants.reward_lamports', 'chains.native_decimals') }} as value_b
    from {{ ref('validator_mev') }} as served
    inner join {{ ref('chains') }} as chains on served.chain_id = chains.chain_id
    inner join {{ ref('int_solana__vote_claims') }} as claimants
        on
            served.chain_id = claimants.chain_id
            and served.period_id = claimants.period_id
            and served.validator_key = claimants.validator_key
            and served.source_provider = claimants.provider
    where {{ in_scope('served.period_id') }} and {{ in_scope('claimants.period_id') }}
),

blocks as (
    select
        blocks.chain_id,
        blocks.period_id,
        blocks.validator_key,
        blocks.block_number,
        blocks.slot,
        blocks.block_hash,
        blocks.fees_provider,
        blocks.fee_wei,
        blocks.mev_provider,
        blocks.claimed_wei,
        blocks.payment_provider,
        case
            when
                blocks.last_payer = blocks.fee_recipient and blocks.last_payee = blocks.proposer_fee_recipient
                and blocks.fee_recipient <> blocks.proposer_fee_recipient
                then blocks.last_payment_wei
        end as seen_payment_wei
    from {{ ref('int_ethereum__blocks') }} as blocks
    where {{ in_scope('blocks.period_id') }}
),

-- Priority fees of the day's blocks, whoever got them.
block_fees as (
    select
        blocks.chain_id,
        blocks.period_id,
        blocks.validator_key,
        'block_fees_native' as metric,
        min(blocks.fees_provider) as provider_a,
        others.provider as provider_b,
        {{ to_native('sum(blocks.fee_wei)', 'min(chains.native_decimals)') }} as value_a,
        {{ to_native('sum(others.fee_wei)', 'min(chains.native_decimals)') }} as value_b
    from blocks
    inner join {{ ref('chains') }} as chains on blocks.chain_id = chains.chain_id
    inner join {{ ref('int_ethereum__block_fees') }} as others
        on
            blocks.chain_id = others.chain_id
            and blocks.period_id = others.period_id
            and blocks.block_number = others.block_number
            and blocks.fees_provider <> others.provider
    where {{ in_scope('others.period_id') }} and blocks.fee_wei is not null and others.fee_wei is not null
    group by blocks.chain_id, blocks.period_id, blocks.validator_key, others.provider
),

-- What relays claim, against each other, and against the builders' own payments on chain.
relay_claims as (
    select
        blocks.chain_id,
        blocks.period_id,
        blocks.validator_key,
        'relay_claims_native' as metric,
        min(blocks.mev_provider) as provider_a,
        others.provider as provider_b,
        {{ to_native('sum(blocks.claimed_wei)', 'min(chains.native_decimals)') }} as value_a,
        {{ to_native('sum(others.claimed_wei)', 'min(chains.native_decimals)') }} as value_b
    from blocks
    inner join {{ ref('chains') }} as chains on blocks.chain_id = chains.chain_id
    inner join {{ ref('int_ethereum__deliveries') }} as others
        on
            blocks.chain_id = others.chain_id
            and blocks.period_id = others.period_id
            and blocks.slot = others.slot
            and blocks.block_hash = others.block_hash
            and blocks.mev_provider <> others.provider
    where {{ in_scope('others.period_id') }} and blocks.claimed_wei is not null
    group by blocks.chain_id, blocks.period_id, blocks.validator_key, others.provider
),

builder_payments as (
    select
        blocks.chain_id,
        blocks.period_id,
        blocks.validator_key,
        'builder_payments_native' as metric,
        min(blocks.payment_provider) as provider_a,
        min(blocks.mev_provider) as provider_b,
        {{ to_native('sum(blocks.seen_payment_wei)', 'min(chains.native_decimals)') }} as value_a,
        {{ to_native('sum(blocks.claimed_wei)', 'min(chains.native_decimals)') }} as value_b
    from blocks
    inner join {{ ref('chains') }} as chains on blocks.chain_id = chains.chain_id
    where blocks.seen_payment_wei is not null and blocks.claimed_wei is not null
    group by blocks.chain_id, blocks.period_id, blocks.validator_key
),

incomes as (
    select
        served.chain_id,
        served.period_id,
        served.validator_key,
        case when others.method = 'DUTY' then 'income_native' else 'balance_income_native' end as metric,
        served.source_provider as provider_a,
        others.provider as provider_b,
        served.income_native as value_a,
        {{ to_native('others.income_wei', 'chains.native_decimals') }} as value_b
    from {{ ref('validator_rewards') }} as served
    inner join {{ ref('chains') }} as chains on served.chain_id = chains.chain_id
    inner join {{ ref('int_ethereum__incomes') }} as others
        on
            served.chain_id = others.chain_id
            and served.period_id = others.period_id
            and served.validator_key = others.validator_key
            and (served.source_provider, served.method) <> (others.provider, others.method)
    where {{ in_scope('served.period_id') }} and {{ in_scope('others.period_id') }} and served.method = 'DUTY'
),

pairs as (
    select * from served_fees
    union all
    select * from paid_tips
    union all
    select * from block_fees
    union all
    select * from relay_claims
    union all
    select * from builder_payments
    union all
    select * from incomes
),

judged_pairs as (
    select
        pairs.chain_id,
        pairs.period_id,
        pairs.validator_key,
        pairs.metric,
        pairs.provider_a,
        pairs.provider_b,
        pairs.value_a,
        pairs.value_b,
        pairs.value_b - pairs.value_a as difference,
        greatest(
            coalesce(tolerances.abs_tolerance_native, 0),
            abs(pairs.value_a) * coalesce(tolerances.rel_tolerance_bps, 0) * 0.0001
        ) as tolerance
    from pairs
    left join {{ ref('tolerances') }} as tolerances
        on pairs.chain_id = tolerances.chain_id and pairs.metric = tolerances.metric
    where pairs.value_a is not null and pairs.value_b is not null
)

select
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    metric::text as metric,
    provider_a::text as provider_a,
    provider_b::text as provider_b,
    value_a::numeric(38, 18) as value_a,
    value_b::numeric(38, 18) as value_b,
    difference::numeric(38, 18) as difference,
    -- Shown, and rounded; the verdict rests on exact numbers.
    round(difference / nullif(abs(value_a), 0), 18)::numeric(38, 18) as relative_difference,
    tolerance::numeric(38, 18) as tolerance,
    (abs(difference) <= tolerance)::boolean as is_within_tolerance
from judged_pairs
