-- The aggregate of a validator's stakers is their sum: unknown where one of them is.
select
    wholes.chain_id,
    wholes.period_id,
    wholes.validator_key,
    wholes.rewards_native,
    sum(parts.rewards_native) as summed_native
from {{ ref('stake_rewards') }} as wholes
inner join {{ ref('stake_rewards') }} as parts
    on
        wholes.chain_id = parts.chain_id
        and wholes.period_id = parts.period_id
        and wholes.validator_key = parts.validator_key
where
    {{ tested_periods('wholes.period_id', 'stake_rewards') }}
    and {{ tested_periods('parts.period_id', 'stake_rewards') }}
    and wholes.staker_key = '*'
    and parts.staker_key <> '*'
group by wholes.chain_id, wholes.period_id, wholes.validator_key, wholes.rewards_native
having
    wholes.rewards_native is distinct from
    case when count(parts.rewards_native) = count(*) then sum(parts.rewards_native) end
