"""What the database knows about addresses: whose they are, and who may withdraw from a stake account."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import psycopg

from api.agreements.terms import Wallet

_OTHERS = """
    select distinct on (claimed.place)
        claimed.place,
        partners.name,
        held.kind || ' ' || to_char(held.valid_from at time zone 'UTC', '"from" YYYY-MM-DD"T"HH24:MI:SS"Z"')
        || coalesce(to_char(held.valid_until at time zone 'UTC', ' "until" YYYY-MM-DD"T"HH24:MI:SS"Z"'), '')
    from unnest(%(places)s::int[], %(chains)s::text[], %(addresses)s::text[], %(starts)s::timestamptz[],
        %(ends)s::timestamptz[]) as claimed (place, chain_id, address, valid_from, valid_until)
    inner join app.partner_wallets as held
        on
            claimed.chain_id = held.chain_id
            and claimed.address = held.address
            and tstzrange(claimed.valid_from, claimed.valid_until) && tstzrange(held.valid_from, held.valid_until)
    inner join app.partners as partners on held.partner_id = partners.partner_id
    where held.superseded_at is null and held.wallet_id <> all(%(without)s::uuid[])
    order by claimed.place, held.valid_from
"""
_DELEGATIONS = """
    with newest as (
        select chain_id, max(period_id) as period_id from canonical.stake_rewards group by chain_id
    )

    select distinct rewards.chain_id, rewards.staker_address, rewards.withdrawer_address
    from canonical.stake_rewards as rewards
    inner join newest on rewards.chain_id = newest.chain_id and rewards.period_id = newest.period_id
    where rewards.staker_address = any(%s) and rewards.withdrawer_address is not null
"""


def find_wallets_of_others(
    connection: psycopg.Connection[Any], wallets: Sequence[Wallet], *, without: Sequence[UUID]
) -> list[tuple[int, str, str]]:
    """Which of these wallets somebody has already: the place in the list, whose it is, and how in words.

    Rows with the ids of ``without`` are not asked.
    """
    if not wallets:
        return []
    parameters = {
        "places": list(range(len(wallets))),
        "chains": [wallet.chain for wallet in wallets],
        "addresses": [wallet.address for wallet in wallets],
        "starts": [wallet.valid_from for wallet in wallets],
        "ends": [wallet.valid_until for wallet in wallets],
        "without": list(without),
    }
    return [(place, name, words) for place, name, words in connection.execute(_OTHERS, parameters).fetchall()]


def read_delegations(
    connection: psycopg.Connection[Any], stake_accounts: Collection[str]
) -> list[tuple[str, str, str]]:
    """Chain, stake account and its withdraw authority, as last seen; none where no warehouse is built."""
    row = connection.execute("select to_regclass('canonical.stake_rewards') is not null").fetchone()
    if not stake_accounts or not (row and row[0]):
        return []
    found = connection.execute(_DELEGATIONS, (list(stake_accounts),)).fetchall()
    return [(chain, account, withdrawer) for chain, account, withdrawer in found]
