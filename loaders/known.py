"""Whom to ask for, as earlier payloads tell it: identities and stake accounts, read from the landing tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import psycopg

# A body with the escape of NUL lands as text and cannot be read as jsonb.
_READABLE = r"strpos(payload, '\u0000') = 0"

_IDENTITIES = f"""
with snapshots as materialized (
    select period_id, payload
    from staging_solana_rpc.get_vote_accounts
    where chain_id = %(chain_id)s and period_id = any(%(periods)s) and {_READABLE}
),
jito_lists as materialized (
    select period_id, payload
    from staging_jito.validators
    where chain_id = %(chain_id)s and period_id = any(%(periods)s) and {_READABLE}
)
select distinct entry.account ->> 'nodePubkey'
from snapshots
cross join lateral (
    values (snapshots.payload::jsonb #> '{{result,current}}'), (snapshots.payload::jsonb #> '{{result,delinquent}}')
) as standing (accounts)
cross join lateral jsonb_array_elements(standing.accounts) as entry (account)
where entry.account ->> 'votePubkey' = any(%(votes)s)
union
select entry.validator ->> 'identity_account'
from jito_lists
cross join lateral jsonb_array_elements(jito_lists.payload::jsonb -> 'validators') as entry (validator)
where entry.validator ->> 'vote_account' = any(%(votes)s) and entry.validator ->> 'identity_account' is not null
"""

_IDENTITY_PAIRS = _IDENTITIES.replace(
    "select distinct entry.account ->> 'nodePubkey'",
    "select distinct snapshots.period_id, entry.account ->> 'votePubkey', entry.account ->> 'nodePubkey'",
).replace(
    "select entry.validator ->> 'identity_account'",
    "select jito_lists.period_id, entry.validator ->> 'vote_account', entry.validator ->> 'identity_account'",
)

_SNAPSHOT_PERIODS = """
select distinct period_id from staging_solana_rpc.get_vote_accounts where chain_id = %(chain_id)s
union
select distinct period_id from staging_jito.validators where chain_id = %(chain_id)s
"""

_LISTED_ACCOUNTS = f"""
select distinct lists.validator_key, entry.account ->> 'pubkey'
from staging_solana_rpc.get_program_accounts as lists
cross join lateral jsonb_array_elements(lists.payload::jsonb -> 'result') as entry (account)
where
    lists.chain_id = %(chain_id)s
    and lists.validator_key = any(%(votes)s)
    and {_READABLE}
    and lists.period_id = (
        select min(nearest.period_id)
        from staging_solana_rpc.get_program_accounts as nearest
        where
            nearest.chain_id = lists.chain_id
            and nearest.validator_key = lists.validator_key
            and nearest.period_id >= %(epoch)s
    )
"""

_CLAIMANTS = f"""
select distinct pages.validator_key, entry.reward ->> 'claimant'
from staging_jito.staker_rewards as pages
cross join lateral jsonb_array_elements(pages.payload::jsonb -> 'rewards') as entry (reward)
where
    pages.chain_id = %(chain_id)s
    and pages.period_id = %(epoch)s
    and pages.validator_key = any(%(votes)s)
    and {_READABLE}
    and entry.reward ->> 'claimant' <> pages.validator_key
    and coalesce(entry.reward ->> 'stake_authority', '') <> '11111111111111111111111111111111'
"""

_VOTE_ACCOUNTS = f"""
select distinct entry.account ->> 'votePubkey'
from staging_solana_rpc.get_vote_accounts as snapshots
cross join lateral (
    values (snapshots.payload::jsonb #> '{{result,current}}'), (snapshots.payload::jsonb #> '{{result,delinquent}}')
) as standing (accounts)
cross join lateral jsonb_array_elements(standing.accounts) as entry (account)
where snapshots.chain_id = %(chain_id)s and snapshots.period_id = any(%(periods)s) and {_READABLE}
union
select entry.reward ->> 'vote_account'
from staging_jito.validator_rewards as pages
cross join lateral jsonb_array_elements(pages.payload::jsonb -> 'rewards') as entry (reward)
where pages.chain_id = %(chain_id)s and pages.period_id = %(epoch)s and {_READABLE}
union
select entry.validator ->> 'vote_account'
from staging_jito.validators as lists
cross join lateral jsonb_array_elements(lists.payload::jsonb -> 'validators') as entry (validator)
where lists.chain_id = %(chain_id)s and lists.period_id = %(epoch)s and {_READABLE}
"""


def identities_of(connection: psycopg.Connection, chain_id: str, votes: Sequence[str], *, epoch: int) -> set[str]:
    """Every identity that a vote account had in a snapshot near ``epoch``: at least those that its schedule can name.

    Near: from the last snapshot before E−1 through the two that follow E; and the newest.
    """
    periods = _nearby(_snapshot_periods(connection, chain_id), epoch)
    rows = connection.execute(_IDENTITIES, {"chain_id": chain_id, "periods": periods, "votes": list(votes)})
    return {identity for (identity,) in rows if identity}


def identity_of_each(
    connection: psycopg.Connection, chain_id: str, votes: Sequence[str], *, epoch: int
) -> dict[str, str]:
    """The identity of each vote account in ``epoch``: that of the first snapshot from E−1 on, else of the last before
    (PROVIDERS-SOLANA.md, 5, "Identity of an epoch"). One whose identity moved around then is left out: what an identity
    earned is not its own alone."""
    periods = _nearby(_snapshot_periods(connection, chain_id), epoch)
    rows = connection.execute(_IDENTITY_PAIRS, {"chain_id": chain_id, "periods": periods, "votes": list(votes)})
    found: dict[str, tuple[tuple[bool, int], str]] = {}
    around: dict[str, set[str]] = defaultdict(set)
    for period, vote, identity in rows:
        if not identity:
            continue
        if epoch - 1 <= period <= epoch + 1:
            around[vote].add(identity)
        rank = (period < epoch - 1, period if period >= epoch - 1 else -period)
        if vote not in found or (rank, identity) < found[vote]:
            found[vote] = (rank, identity)
    return {vote: identity for vote, (_, identity) in found.items() if len(around[vote]) <= 1}


def stake_accounts_of(
    connection: psycopg.Connection, chain_id: str, votes: Sequence[str], *, epoch: int
) -> dict[str, set[str]]:
    """Stake accounts by vote account: of the epoch's own list or the first later one, and Jito's claimants of it."""
    found: dict[str, set[str]] = defaultdict(set)
    parameters = {"chain_id": chain_id, "epoch": epoch, "votes": list(votes)}
    for query in (_LISTED_ACCOUNTS, _CLAIMANTS):
        for vote, account in connection.execute(query, parameters):
            if account:
                found[vote].add(account)
    return found


def vote_accounts_of(connection: psycopg.Connection, chain_id: str, *, epoch: int) -> list[str]:
    """Every vote account that a snapshot near ``epoch`` or Jito's lists of it name."""
    periods = _nearby(_snapshot_periods(connection, chain_id), epoch)
    rows = connection.execute(_VOTE_ACCOUNTS, {"chain_id": chain_id, "periods": periods, "epoch": epoch})
    return sorted(vote for (vote,) in rows if vote)


def _snapshot_periods(connection: psycopg.Connection, chain_id: str) -> list[int]:
    return sorted(period for (period,) in connection.execute(_SNAPSHOT_PERIODS, {"chain_id": chain_id}))


def _nearby(periods: Sequence[int], epoch: int) -> list[int]:
    before = [period for period in periods if period < epoch - 1][-1:]
    around = [period for period in periods if epoch - 1 <= period <= epoch]
    after = [period for period in periods if period > epoch][:2]
    return [*before, *around, *after, *periods[-1:]]
