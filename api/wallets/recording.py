"""Wallets written down, or superseded, with an audit entry each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from api.agreements.terms import Wallet
from api.audit.service import Entry
from api.kit.writing import Writing

FILE, CSV = "FILE", "CSV"
"""What brought a wallet: the agreements' file, which lists those that it brought in full, or a CSV."""

_COPY = """
    copy {schema}.partner_wallets (
        wallet_id, partner_id, chain_id, address, kind, valid_from, valid_until, origin, recorded_at
    ) from stdin
"""
_SUPERSEDE = "update {schema}.partner_wallets set superseded_at = %s where wallet_id = any(%s)"


def record_wallets(transaction: Writing, wallets: Sequence[tuple[UUID, str, Wallet]], *, origin: str) -> list[Entry]:
    """Record wallets of (partner's id, partner's name, wallet); the audit entries to write."""
    rows = [(uuid4(), partner_id, partner, wallet) for partner_id, partner, wallet in wallets]
    if not rows:
        return []
    with (
        transaction.connection.cursor() as cursor,
        cursor.copy(_COPY.format(schema=transaction.schema).encode()) as copy,
    ):
        for wallet_id, partner_id, _, wallet in rows:
            place = (wallet.chain, wallet.address, wallet.kind, wallet.valid_from, wallet.valid_until)
            copy.write_row((wallet_id, partner_id, *place, origin, transaction.at))
    return [
        Entry("wallet.recorded", "partner_wallet", str(wallet_id), after={**_state(partner, wallet), "origin": origin})
        for wallet_id, _, partner, wallet in rows
    ]


def supersede_wallets(transaction: Writing, wallets: Sequence[tuple[UUID, str, Wallet]]) -> list[Entry]:
    """Supersede wallets of (wallet's id, partner's name, wallet); the audit entries to write."""
    if not wallets:
        return []
    statement = _SUPERSEDE.format(schema=transaction.schema)
    transaction.connection.execute(statement.encode(), (transaction.at, [wallet_id for wallet_id, _, _ in wallets]))
    return [
        Entry("wallet.superseded", "partner_wallet", str(wallet_id), before=_state(partner, wallet))
        for wallet_id, partner, wallet in wallets
    ]


def _state(partner: str, wallet: Wallet) -> dict[str, Any]:
    return {
        "partner": partner,
        "chain": wallet.chain,
        "address": wallet.address,
        "kind": wallet.kind,
        "valid_from": wallet.valid_from,
        "valid_until": wallet.valid_until,
    }
