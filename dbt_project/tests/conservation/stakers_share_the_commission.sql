-- The stakers' parts of a validator's commission are known all together or not at all, and then sum to what was
-- observed.
select
    wholes.chain_id,
    wholes.period_id,
    wholes.validator_key,
    wholes.commission_native,
    sum(parts.commission_native) as shared_native
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
group by wholes.chain_id, wholes.period_id, wholes.validator_key, wholes.commission_native
having
    count(parts.commission_native) not in (0, count(*))
    or (
        count(parts.commission_native) = count(*)
        and sum(parts.commission_native) is distinct from wholes.commission_native
    )
