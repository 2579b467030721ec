"""Wallets from CSV: what ``aurora wallets import`` does."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from api.agreements.terms import Wallet
from api.audit.service import record_entries
from api.inputs import values
from api.inputs.csv_files import Imported, Line, read_csv
from api.kit.writing import Writing, writing
from api.wallets.placement import Placed, find_overlaps
from api.wallets.recording import CSV, FILE, record_wallets, supersede_wallets
from api.wallets.repository import find_wallets_of_others
from aurora.registry.registry import Registry

HEADER = ("partner", "chain", "address", "kind", "valid_from", "valid_until")

_HELD = """
    select partners.name, held.wallet_id, held.origin, held.chain_id, held.address, held.kind, held.valid_from,
        held.valid_until
    from app.partner_wallets as held
    inner join app.partners as partners on held.partner_id = partners.partner_id
    where
        held.superseded_at is null
        and (held.chain_id, held.address) in (select * from unnest(%s::text[], %s::text[]))
"""
_PARTNERS = "select name, partner_id from app.partners where name = any(%s)"


class _Claim(NamedTuple):
    line: Line
    partner: str
    wallet: Wallet


class _Held(NamedTuple):
    wallet_id: UUID
    origin: str
    wallet: Wallet


def import_wallets(url: str, path: Path, registry: Registry, *, actor: str) -> Imported:
    """Record the wallets of a CSV: all of them, or none.

    A wallet that is recorded as the line has it stays; one that differs in ``valid_until`` alone is superseded.

    Raises:
        InputError: lines are wrong; every one of them, with its number and reason.
        WarehouseError: the database is not reached or not migrated.
    """
    lines, problems = read_csv(path, HEADER)
    claims = [claim for line in lines if (claim := _claim(line, registry)) is not None]
    _refuse_overlaps(claims)
    with writing(url, actor=actor) as transaction:
        partner_ids = _partner_ids(transaction.connection, lines)
        held = _held(transaction.connection, claims)
        added, amended, removed = _compare(claims, held)
        _refuse_others(transaction.connection, [*added, *amended], [entry.wallet_id for _, entry in removed])
        problems.refuse()
        _write(transaction, [*added, *amended], removed, partner_ids)
    return Imported(len(added), len(amended), len(claims) - len(added) - len(amended))


def _claim(line: Line, registry: Registry) -> _Claim | None:
    partner = line.read("partner", values.text)
    chain = line.chain(registry)
    kind = line.read("kind", lambda text: values.wallet_kind(text, chain=chain))
    address = line.read("address", lambda text: values.wallet_address(text, chain=chain)) if chain else None
    start = line.read("valid_from", values.instant)
    end = line.read("valid_until", values.instant) if line.fields["valid_until"] else None
    if start is not None and end is not None and end <= start:
        line.wrong("valid_until must be after valid_from")
        return None
    if partner is None or chain is None or kind is None or address is None or start is None:
        return None
    return _Claim(line, partner, Wallet(chain.chain_id, address, kind, start, end))


def _refuse_overlaps(claims: list[_Claim]) -> None:
    placed = [
        Placed(wallet.chain, wallet.address, wallet.valid_from, wallet.valid_until, partner)
        for _, partner, wallet in claims
    ]
    for later, earlier in find_overlaps(placed):
        other = claims[earlier]
        if other[1:] == claims[later][1:]:
            claims[later].line.wrong(f"is line {other.line.number} again; keep one of them")
        else:
            address = placed[later].address
            claims[later].line.wrong(
                f"WALLET_OVERLAP: {address} is {other.partner}'s in that time by line {other.line.number}; "
                "an address belongs to one partner at a time"
            )


def _partner_ids(connection: psycopg.Connection[Any], lines: list[Line]) -> dict[str, UUID]:
    names = {line.fields["partner"] for line in lines}
    found: dict[str, UUID] = dict(connection.execute(_PARTNERS, (list(names),)).fetchall())
    for line in lines:
        name = line.fields["partner"]
        if name and name not in found:
            line.wrong(f"no partner is named {name!r}; `aurora agreements apply` records partners")
    return found


def _held(connection: psycopg.Connection[Any], claims: list[_Claim]) -> dict[tuple[str, str, str], list[_Held]]:
    chains = [claim.wallet.chain for claim in claims]
    addresses = [claim.wallet.address for claim in claims]
    held: dict[tuple[str, str, str], list[_Held]] = {}
    for name, wallet_id, origin, *columns in connection.execute(_HELD, (chains, addresses)).fetchall():
        wallet = Wallet(*columns)
        held.setdefault((name, wallet.chain, wallet.address), []).append(_Held(wallet_id, origin, wallet))
    return held


def _compare(
    claims: list[_Claim], held: dict[tuple[str, str, str], list[_Held]]
) -> tuple[list[_Claim], list[_Claim], list[tuple[str, _Held]]]:
    """What is added, what is amended, and what that supersedes."""
    added: list[_Claim] = []
    amended: list[_Claim] = []
    removed: list[tuple[str, _Held]] = []
    for claim in claims:
        theirs = held.get((claim.partner, claim.wallet.chain, claim.wallet.address), [])
        if any(entry.wallet == claim.wallet for entry in theirs):
            continue
        begun = (claim.wallet.kind, claim.wallet.valid_from)
        same = [entry for entry in theirs if (entry.wallet.kind, entry.wallet.valid_from) == begun]
        if not same:
            added.append(claim)
        elif same[0].origin == FILE:
            claim.line.wrong(f"{claim.wallet.address} comes from a file of agreements: change its valid_until there")
        else:
            amended.append(claim)
            removed.append((claim.partner, same[0]))
    return added, amended, removed


def _refuse_others(connection: psycopg.Connection[Any], claims: list[_Claim], removed: list[UUID]) -> None:
    wallets = [claim.wallet for claim in claims]
    for place, owner, words in find_wallets_of_others(connection, wallets, without=removed):
        claim = claims[place]
        claim.line.wrong(f"WALLET_OVERLAP: {claim.wallet.address} is recorded as {owner}'s in that time ({words})")


def _write(
    transaction: Writing,
    claims: list[_Claim],
    removed: list[tuple[str, _Held]],
    partner_ids: dict[str, UUID],
) -> None:
    entries = supersede_wallets(transaction, [(entry.wallet_id, name, entry.wallet) for name, entry in removed])
    wallets = [(partner_ids[claim.partner], claim.partner, claim.wallet) for claim in claims]
    entries += record_wallets(transaction, wallets, origin=CSV)
    record_entries(transaction.connection, actor=transaction.actor, entries=entries)
