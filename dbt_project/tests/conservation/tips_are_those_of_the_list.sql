{{ config(meta={'dagster': {'ref': {'name': 'validator_mev'}}}) }}

-- Gross tips are what a counting page of the period's list says of the vote account, to the base unit.
select
    mev.chain_id,
    mev.period_id,
    mev.validator_key,
    mev.total_mev_native
from {{ ref('validator_mev') }} as mev
inner join {{ ref('chains') }} as chains on mev.chain_id = chains.chain_id and chains.period_type = 'EPOCH'
where
    {{ tested_periods('mev.period_id', 'validator_mev') }}
    and mev.tip_count > 0
    and not exists (
        select 1
        from {{ ref('stg_jito__validator_rewards') }} as rewards
        inner join {{ ref('stg_ops__payload_sightings') }} as sightings
            on rewards.payload_id = sightings.payload_id and rewards.period_id = sightings.period_id
        where
            {{ tested_periods('rewards.period_id', 'validator_mev') }}
            and {{ tested_periods('sightings.period_id', 'validator_mev') }}
            and sightings.is_counting
            and rewards.chain_id = mev.chain_id
            and rewards.period_id = mev.period_id
            and rewards.provider = mev.source_provider
            and rewards.vote_account = mev.validator_key
            and mev.total_mev_native = {{ to_native('rewards.mev_revenue_lamports', 'chains.native_decimals') }}
    )
