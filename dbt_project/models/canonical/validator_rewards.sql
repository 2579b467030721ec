{{ config(indexes=[{'columns': ['period_id']}]) }}


-- What a validator earned for its duties to consensus: VOTE_REWARDS on the operator's own stake, COMMISSION on others'.
-- Solana: the inflation rewards of own stake accounts, and the commission that the chain credited. Ethereum: the day's
-- income, of the first provider in priority that tells it by duty, else by balances; the operator's own, or a share of
-- the client's and of what the client's addresses were paid for blocks.
with own_accounts as (
    -- Known when every own stake account was answered; without one there is no question.
    select
        cells.chain_id,
        cells.period_id,
        cells.validator_key,
        count(own.staker_key) as own_account_count,
        count(rewards.rewards_native) as answered_count,
        coalesce(sum(rewards.rewards_native), 0) as vote_rewards_native
    from {{ ref('int_validator_periods') }} as cells
    inner join {{ ref('chains') }} as chains on cells.chain_id = chains.chain_id and chains.period_type = 'EPOCH'
    left join {{ ref('own_stake_accounts') }} as own
        on cells.chain_id = own.chain_id and cells.validator_key = own.validator_key
    left join {{ ref('own_stake_rewards') }} as rewards
        on
            own.chain_id = rewards.chain_id
            and cells.period_id = rewards.period_id
            and own.staker_key = rewards.staker_key
            and {{ in_scope('rewards.period_id') }}
    where {{ in_scope('cells.period_id') }}
    group by cells.chain_id, cells.period_id, cells.validator_key
),

solana_rewards as (
    select
        own_accounts.chain_id,
        own_accounts.period_id,
        own_accounts.validator_key,
        null::numeric as income_native,
        case
            when own_accounts.own_account_count = own_accounts.answered_count then own_accounts.vote_rewards_native
        end as vote_rewards_native,
        aggregates.commission_native,
        'OBSERVED' as method,
        aggregates.source_provider as provider
    from own_accounts
    left join {{ ref('stake_rewards') }} as aggregates
        on
            own_accounts.chain_id = aggregates.chain_id
            and own_accounts.period_id = aggregates.period_id
            and own_accounts.validator_key = aggregates.validator_key
            and aggregates.staker_key = '*'
            and {{ in_scope('aggregates.period_id') }}
),

ethereum_rewards as (
    select
        incomes.chain_id,
        incomes.period_id,
        incomes.validator_key,
        {{ to_native('incomes.income_wei', 'chains.native_decimals') }} as income_native,
        {{ to_native('incomes.vote_rewards_wei', 'chains.native_decimals') }} as vote_rewards_native,
        {{ to_native('incomes.commission_wei', 'chains.native_decimals') }} as commission_native,
        incomes.method,
        incomes.provider
    from {{ ref('int_ethereum__day_incomes') }} as incomes
    inner join {{ ref('chains') }} as chains on incomes.chain_id = chains.chain_id
    where {{ in_scope('incomes.period_id') }}
),

chain_rewards as (
    select * from solana_rewards
    union all
    select * from ethereum_rewards
)

select
    chain_id::text as chain_id,
    period_id::bigint as period_id,
    validator_key::text as validator_key,
    income_native::numeric(38, 18) as income_native,
    vote_rewards_native::numeric(38, 18) as vote_rewards_native,
    commission_native::numeric(38, 18) as commission_native,
    method::text as method,
    provider::text as source_provider
from chain_rewards
