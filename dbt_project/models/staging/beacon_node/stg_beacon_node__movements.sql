{{ config(indexes=[{'columns': ['period_id']}]) }}

with answers as (
    {{ answers_of(
        source('staging_beacon_node', 'day_blocks'),
        ['http_status'],
        parts={
            'withdrawals': "#> '{data,message,body,execution_payload,withdrawals}'",
            'deposits': "#> '{data,message,body,deposits}'",
        }
    ) }}
)

select
    answers.payload_id,
    coalesce(entry.entry_number, 0)::bigint as entry_number,
    answers.chain_id,
    answers.provider,
    answers.period_id,
    substring(answers.request ->> 'path' from '/blocks/([0-9]{1,18})$')::bigint as slot,
    answers.http_status = 200 as is_block,
    entry.movement_type,
    (entry.movement ->> 'validator_index')::bigint as validator_index,
    lower(entry.movement #>> '{data,pubkey}') as validator_key,
    {{ gwei_to_wei("coalesce(entry.movement ->> 'amount', entry.movement #>> '{data,amount}')") }} as moved_wei
from answers
-- A block without movements, and a slot without a block, is one row with entry 0.
left join lateral (
    select
        'WITHDRAWAL' as movement_type,
        withdrawal.movement,
        withdrawal.entry_number
    from jsonb_array_elements(answers.withdrawals) with ordinality as withdrawal (movement, entry_number)
    union all
    -- Numbered after the withdrawals, of which a block holds sixteen at most.
    select
        'DEPOSIT' as movement_type,
        deposit.movement,
        1000 + deposit.entry_number as entry_number
    from jsonb_array_elements(answers.deposits) with ordinality as deposit (movement, entry_number)
) as entry on true
