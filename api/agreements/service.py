"""Applying, comparing, exporting and judging agreements: what ``aurora agreements`` does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from api.agreements.comparison import PartnerChange, compare
from api.agreements.lint import Finding, find
from api.agreements.reading import AgreementsFile, read_agreements
from api.agreements.recorded import RecordedPartner, read_recorded
from api.agreements.recording import record_changes
from api.agreements.terms import Agreement, Partner
from api.agreements.wording import describe, notes
from api.agreements.writing_file import render_file
from api.kit.writing import session, writing
from api.wallets.repository import find_wallets_of_others, read_delegations
from aurora.errors import AuroraError
from aurora.registry.registry import Registry


@dataclass(frozen=True, slots=True)
class Difference:
    """What a file changes, or has changed, in words; and what a reader should know besides."""

    lines: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not self.lines


def apply_file(url: str, path: Path, registry: Registry, *, actor: str) -> Difference:
    """Record what a file states, in one transaction; where it states what is in force, nothing.

    Raises:
        InputError: something is wrong with the file, or does not go with what is recorded; nothing is written.
        WarehouseError: the database is not reached or not migrated.
    """
    stated = read_agreements(path, registry)
    try:
        with writing(url, actor=actor) as transaction:
            changes = changes_of(transaction.connection, stated)
            record_changes(transaction, changes)
    except psycopg.errors.IntegrityError as error:
        # Whoever writes without the lock may come in between.
        said = error.diag.message_primary or "a constraint"
        raise AuroraError(f"{path}: the database refused it ({said}); nothing is written: try again") from None
    return _difference(changes)


def compare_file(url: str, path: Path, registry: Registry) -> Difference:
    """What `apply_file` would change; nothing is written.

    Raises:
        InputError: something is wrong with the file, or does not go with what is recorded.
        WarehouseError: the database is not reached or not migrated.
    """
    stated = read_agreements(path, registry)
    with session(url) as connection:
        return _difference(changes_of(connection, stated))


def export_file(url: str) -> str:
    """Everything in force, as a file that `apply_file` takes back without a change.

    Raises:
        WarehouseError: the database is not reached or not migrated.
    """
    with session(url) as connection:
        return render_file(recorded.stated() for recorded in read_recorded(connection).values())


def lint(url: str, registry: Registry, path: Path | None = None) -> list[Finding]:
    """What looks wrong in what is in force, or would be with a file applied.

    Raises:
        InputError: the file could not be applied.
        WarehouseError: the database is not reached or not migrated.
    """
    stated = read_agreements(path, registry) if path is not None else None
    with session(url) as connection:
        recorded = read_recorded(connection)
        partners = [entry.stated() for entry in recorded.values()]
        if stated is not None:
            partners = _overlaid(partners, changes_of(connection, stated), stated, recorded)
        accounts = {
            wallet.address for partner in partners for wallet in partner.wallets or () if wallet.kind == "stake_account"
        }
        return find(partners, registry, read_delegations(connection, accounts))


def changes_of(connection: psycopg.Connection[Any], stated: AgreementsFile) -> list[PartnerChange]:
    """What a file changes of what is recorded.

    Raises:
        InputError: a wallet of the file is another's in that time.
    """
    recorded = read_recorded(connection, [partner.name for partner in stated.partners])
    changes = compare(stated.partners, recorded)
    removed = [entry.wallet_id for change in changes for entry in change.wallets_removed]
    added = [(change.name, wallet) for change in changes for wallet in change.wallets_added]
    for place, partner, theirs in find_wallets_of_others(connection, [wallet for _, wallet in added], without=removed):
        name, wallet = added[place]
        owner = "recorded of this partner itself, otherwise" if partner == name else f"{partner}'s in that time"
        stated.wallet_nodes[name, wallet].wrong(
            f"WALLET_OVERLAP: {wallet.address} is {owner} ({theirs}); an address belongs to one partner at a time"
        )
    stated.problems.refuse()
    return changes


def _difference(changes: list[PartnerChange]) -> Difference:
    return Difference(tuple(describe(changes)), tuple(notes(changes)))


def _overlaid(
    partners: list[Partner],
    changes: list[PartnerChange],
    stated: AgreementsFile,
    recorded: dict[str, RecordedPartner],
) -> list[Partner]:
    """What would be in force with the file applied."""
    merged = {partner.name: partner for partner in partners}
    for partner, change in zip(stated.partners, changes, strict=True):
        before = merged.get(partner.name, Partner(partner.name))
        removed = {entry.wallet for entry in change.wallets_removed}
        agreements = {agreement.name: agreement for agreement in before.agreements or ()}
        for agreement in partner.agreements or ():
            known = agreements.get(agreement.name)
            statuses = agreement.statuses if agreement.statuses is not None else (known.statuses if known else None)
            agreements[agreement.name] = Agreement(agreement.name, agreement.versions, statuses)
        merged[partner.name] = Partner(
            name=partner.name,
            wallets=(*(wallet for wallet in before.wallets or () if wallet not in removed), *change.wallets_added),
            agreements=tuple(agreements.values()),
        )
    return list(merged.values())
