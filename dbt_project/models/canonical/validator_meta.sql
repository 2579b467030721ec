{{ config(indexes=[{'columns': ['period_id']}]) }}

-- What is known of a validator beside money. Each field comes from the first provider in priority that knows it;
-- active stake only from the chain.
with meta_providers as (
    select
        chain_id,
        provider,
        priority
    from {{ ref('chain_provider_mappings') }}
    where data_type = 'META' and role in ('primary', 'fallback')
),

chain_views as (
    select
        snapshots.chain_id,
        snapshots.period_id,
        snapshots.validator_key,
        snapshots.provider,
        meta_providers.priority,
        null::bigint as mev_commission_bps,
        null::boolean as is_mev_enabled,
        snapshots.activated_stake_lamports,
        null::numeric as uptime_percentage,
        null::numeric as skip_rate_percentage,
        case when snapshots.is_delinquent then 'DELINQUENT' else 'ACTIVE' end as status
    from {{ ref('int_solana__vote_snapshots') }} as snapshots
    inner join meta_providers
        on snapshots.chain_id = meta_providers.chain_id and snapshots.provider = meta_providers.provider
    where {{ in_scope('snapshots.period_id') }}
),

jito_views as (
    select
        jito.chain_id,
        jito.period_id,
        jito.validator_key,
        jito.provider,
        meta_providers.priority,
        jito.mev_commission_bps,
        jito.is_running_jito as is_mev_enabled,
        null::numeric(38, 0) as activated_stake_lamports,
        null::numeric as uptime_percentage,
        null::numeric as skip_rate_percentage,
        null::text as status
    from {{ ref('int_solana__jito_validators') }} as jito
    inner join meta_providers
        on jito.chain_id = meta_providers.chain_id and jito.provider = meta_providers.provider
    where {{ in_scope('jito.period_id') }}
),

stakewiz_views as (
    select
        stakewiz.chain_id,
        stakewiz.period_id,
        stakewiz.validator_key,
        stakewiz.provider,
        meta_providers.priority,
        stakewiz.mev_commission_bps,
        stakewiz.is_jito as is_mev_enabled,
        null::numeric(38, 0) as activated_stake_lamports,
        stakewiz.uptime_percentage,
        stakewiz.skip_rate_percentage,
        case when stakewiz.is_delinquent then 'DELINQUENT' else 'ACTIVE' end as status
    from {{ ref('int_solana__stakewiz_validators') }} as stakewiz
    inner join meta_providers
        on stakewiz.chain_id = meta_providers.chain_id and stakewiz.provider = meta_providers.provider
    where {{ in_scope('stakewiz.period_id') }}
),

-- The epoch's own payout list knows the commission that was paid by.
tip_views as (
    select
        tips.chain_id,
        tips.period_id,
        tips.validator_key,
        tips.provider,
        0 as priority,
        tips.mev_commission_bps,
        true as is_mev_enabled,
        null::numeric(38, 0) as activated_stake_lamports,
        null::numeric as uptime_percentage,
        null::numeric as skip_rate_percentage,
        null::text as status
    from {{ ref('int_solana__tips') }} as tips
    inner join meta_providers
        on tips.chain_id = meta_providers.chain_id and tips.provider = meta_providers.provider
    where {{ in_scope('tips.period_id') }}
),

views as (
    select * from chain_views
    union all
    select * from jito_views
    union all
    select * from stakewiz_views
    union all
    select * from tip_views
),

agreed_views as (
    select
        views.chain_id,
        views.period_id,
        views.validator_key,
        (
            array_agg(views.mev_commission_bps order by views.priority, views.provider collate "C")
            filter (where views.mev_commission_bps is not null)
        )[1] as mev_commission_bps,
        (
            array_agg(views.is_mev_enabled order by views.priority, views.provider collate "C")
            filter (where views.is_mev_enabled is not null)
        )[1] as is_mev_enabled,
        (
            array_agg(views.activated_stake_lamports order by views.priority, views.provider collate "C")
            filter (where views.activated_stake_lamports is not null)
        )[1] as activated_stake_lamports,
        (
            array_agg(views.uptime_percentage order by views.priority, views.provider collate "C")
            filter (where views.uptime_percentage is not null)
        )[1] as uptime_percentage,
        (
            array_agg(views.skip_rate_percentage order by views.priority, views.provider collate "C")
            filter (where views.skip_rate_percentage is not null)
        )[1] as skip_rate_percentage,
        (
            array_agg(views.status order by views.priority, views.provider collate "C")
            filter (where views.status is not null)
        )[1] as status,
        (array_agg(views.provider order by nullif(views.priority, 0) nulls last, views.provider collate "C"))[1]
            as provider
    from views
    inner join {{ ref('validators') }} as validators
        on views.chain_id = validators.chain_id and views.validator_key = validators.validator_key
    -- The epoch before the first one loaded is asked for identities alone, and is no period.
    inner join {{ ref('periods') }} as periods
        on views.chain_id = periods.chain_id and views.period_id = periods.period_id
    where {{ in_scope('periods.period_id') }}
    group by views.chain_id, views.period_id, views.validator_key
),

own_lists as (
    select
        lists.chain_id,
        lists.period_id,
        lists.validator_key,
        count(*) filter (where delegations.is_active) as delegator_count,
        coalesce(sum(delegations.stake_lamports) filter (
            where
            delegations.activation_epoch <> delegations.deactivation_epoch
            and delegations.deactivation_epoch >= delegations.period_id
        ), 0) as total_stake_lamports
    from {{ ref('int_solana__stake_lists') }} as lists
    left join {{ ref('int_solana__delegations') }} as delegations
        on
            lists.chain_id = delegations.chain_id
            and lists.period_id = delegations.period_id
            and lists.validator_key = delegations.validator_key
            and {{ in_scope('delegations.period_id') }}
    where {{ in_scope('lists.period_id') }}
    group by lists.chain_id, lists.period_id, lists.validator_key
),

claimant_counts as (
    select
        chain_id,
        period_id,
        validator_key,
        count(*) as delegator_count
    from {{ ref('int_solana__claimants') }}
    where {{ in_scope('period_id') }} and is_complete_list
    group by chain_id, period_id, validator_key
),

-- A validator of Ethereum, by the first provider in priority that shows it: its stake is what counts for duties.
ethereum_views as (
    select distinct on (stakes.chain_id, stakes.period_id, stakes.validator_key)
        stakes.chain_id,
        stakes.period_id,
        stakes.validator_key,
        stakes.provider,
        stakes.status,
        stakes.balance_wei,
        stakes.effective_balance_wei
    from {{ ref('int_ethereum__stakes') }} as stakes
    inner join meta_providers
        on stakes.chain_id = meta_providers.chain_id and stakes.provider = meta_providers.provider
    where {{ in_scope('stakes.period_id') }}
    order by
        stakes.chain_id,
        stakes.period_id,
        stakes.validator_key,
        meta_providers.priority,
        stakes.provider collate "C"
),

-- A fraction in percent: shown, and rounded where it is no decimal.
ethereum_duties as (
    select distinct on (incomes.chain_id, incomes.period_id, incomes.validator_key)
        incomes.chain_id,
        incomes.period_id,
        incomes.validator_key,
        round(100.0 * (incomes.duty_count - incomes.missed_count) / nullif(incomes.duty_count, 0), 4)
            as uptime_percentage
    from {{ ref('int_ethereum__incomes') }} as incomes
    where {{ in_scope('incomes.period_id') }} and incomes.method = 'DUTY' and incomes.duty_count > 0
    order by
        incomes.chain_id,
        incomes.period_id,
        incomes.validator_key,
        (incomes.income_wei is null),
        incomes.provider
),

ethereum_slots as (
    select
        slots.chain_id,
        slots.period_id,
        slots.validator_key,
        round(100.0 * count(*) filter (where not slots.is_block) / count(*), 4) as skip_rate_percentage
    from {{ ref('int_ethereum__duty_slots') }} as slots
    inner join {{ ref('int_ethereum__proposer_days') }} as answers
        on
            slots.chain_id = answers.chain_id
            and slots.period_id = answers.period_id
            and slots.validator_key = answers.validator_key
            and slots.provider = answers.provider
    where {{ in_scope('slots.period_id') }} and {{ in_scope('answers.period_id') }} and answers.is_agreed
    group by slots.chain_id, slots.period_id, slots.validator_key
),

ethereum_relays as (
    select
        chain_id,
        period_id,
        validator_key,
        bool_or(has_relay) as is_mev_enabled
    from {{ ref('int_ethereum__blocks') }}
    where {{ in_scope('period_id') }} and is_relay_known
    group by chain_id, period_id, validator_key
)

select
    agreed_views.chain_id::text as chain_id,
    agreed_views.period_id::bigint as period_id,
    agreed_views.validator_key::text as validator_key,
    ({{ applied_bps('rates.stored_bps') }})::integer as commission_rate_bps,
    ({{ applied_bps('agreed_views.mev_commission_bps') }})::integer as mev_commission_bps,
    agreed_views.is_mev_enabled::boolean as is_mev_enabled,
    {{ to_native('own_lists.total_stake_lamports', 'chains.native_decimals') }} as total_stake_native,
    {{ to_native('agreed_views.activated_stake_lamports', 'chains.native_decimals') }} as active_stake_native,
    coalesce(own_lists.delegator_count, claimant_counts.delegator_count)::bigint as delegator_count,
    agreed_views.uptime_percentage::numeric(9, 4) as uptime_percentage,
    agreed_views.skip_rate_percentage::numeric(9, 4) as skip_rate_percentage,
    coalesce(agreed_views.status, 'UNKNOWN')::text as status,
    agreed_views.provider::text as source_provider
from agreed_views
inner join {{ ref('chains') }} as chains on agreed_views.chain_id = chains.chain_id
left join {{ ref('int_solana__commission_rates') }} as rates
    on
        agreed_views.chain_id = rates.chain_id
        and agreed_views.period_id = rates.period_id
        and agreed_views.validator_key = rates.validator_key
        and {{ in_scope('rates.period_id') }}
left join own_lists
    on
        agreed_views.chain_id = own_lists.chain_id
        and agreed_views.period_id = own_lists.period_id
        and agreed_views.validator_key = own_lists.validator_key
left join claimant_counts
    on
        agreed_views.chain_id = claimant_counts.chain_id
        and agreed_views.period_id = claimant_counts.period_id
        and agreed_views.validator_key = claimant_counts.validator_key
union all
select
    days.chain_id::text as chain_id,
    days.period_id::bigint as period_id,
    days.validator_key::text as validator_key,
    case when days.owner = 'CLIENT' then days.fee_bps end::integer as commission_rate_bps,
    null::integer as mev_commission_bps,
    ethereum_relays.is_mev_enabled::boolean as is_mev_enabled,
    {{ to_native('ethereum_views.balance_wei', 'chains.native_decimals') }} as total_stake_native,
    {{ to_native('ethereum_views.effective_balance_wei', 'chains.native_decimals') }} as active_stake_native,
    null::bigint as delegator_count,
    ethereum_duties.uptime_percentage::numeric(9, 4) as uptime_percentage,
    ethereum_slots.skip_rate_percentage::numeric(9, 4) as skip_rate_percentage,
    coalesce(ethereum_views.status, 'UNKNOWN')::text as status,
    ethereum_views.provider::text as source_provider
from ethereum_views
inner join {{ ref('chains') }} as chains on ethereum_views.chain_id = chains.chain_id
inner join {{ ref('int_ethereum__validator_days') }} as days
    on
        ethereum_views.chain_id = days.chain_id
        and ethereum_views.period_id = days.period_id
        and ethereum_views.validator_key = days.validator_key
left join ethereum_duties
    on
        ethereum_views.chain_id = ethereum_duties.chain_id
        and ethereum_views.period_id = ethereum_duties.period_id
        and ethereum_views.validator_key = ethereum_duties.validator_key
left join ethereum_slots
    on
        ethereum_views.chain_id = ethereum_slots.chain_id
        and ethereum_views.period_id = ethereum_slots.period_id
        and ethereum_views.validator_key = ethereum_slots.validator_key
left join ethereum_relays
    on
        ethereum_views.chain_id = ethereum_relays.chain_id
        and ethereum_views.period_id = ethereum_relays.period_id
        and ethereum_views.validator_key = ethereum_relays.validator_key
where {{ in_scope('days.period_id') }}
