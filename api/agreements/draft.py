"""A draft of agreements beside what is recorded: copies of the tables that a file changes, with the file applied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from api.agreements.reading import AgreementsFile, read_agreements
from api.agreements.recording import write_changes
from api.agreements.service import changes_of
from api.agreements.wording import describe, notes
from api.kit.writing import Writing, session
from aurora.errors import AuroraError, InputError
from aurora.registry.registry import Registry
from aurora.warehouse.connection import connect

PREFIX = "aurora_whatif_"
"""How the names of all schemas begin that hold a draft; whatever has such a name is removed by the next one."""

TABLES = (
    "partners",
    "partner_minimum_payouts",
    "partner_wallets",
    "agreements",
    "agreement_versions",
    "agreement_rules",
    "agreement_rule_tiers",
    "agreement_statuses",
)
"""What applying a file writes; overrides, costs, prices and acceptances are as recorded."""

_DRAFT = f"{PREFIX}app"
_LOCK = "select pg_try_advisory_lock(hashtext('aurora.whatif'))"
_SCHEMAS = "select nspname::text from pg_namespace where starts_with(nspname::text, %s) order by nspname"


class DraftBusyError(AuroraError):
    """Somebody else tries a draft on the same warehouse."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the file changes, in words as `diff` has them, while its tables are there."""

    lines: tuple[str, ...]
    notes: tuple[str, ...]


@contextmanager
def drafted(url: str, path: Path, registry: Registry) -> Iterator[Draft]:
    """A file applied to copies of the tables of ``app``, in a schema of their own; at the end all of them are gone.

    ``app`` itself is read, in one snapshot, and never written. What an earlier one left behind, because it was killed,
    is removed first: whoever is at work holds a lock, which ends with its session.

    Raises:
        InputError: something is wrong with the file, or does not go with what is recorded.
        DraftBusyError: another draft is being tried.
        WarehouseError: the database is not reached or not migrated, or the role may not create schemas.
    """
    stated = read_agreements(path, registry)
    with connect(url, autocommit=True) as holder:
        if not holder.execute(_LOCK).fetchone() == (True,):
            raise DraftBusyError("another what-if is running on this warehouse: wait until it ends, then run it again")
        _remove(holder)
        try:
            yield _apply(url, path, stated)
        finally:
            # Where the server is gone, the next one removes what is left.
            with suppress(psycopg.OperationalError):
                _remove(holder)


def _apply(url: str, path: Path, stated: AgreementsFile) -> Draft:
    try:
        with session(url) as connection:
            # What is compared is what was copied, whoever records something meanwhile.
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.execute(f"create schema {_DRAFT}".encode())
            for table in TABLES:
                connection.execute(f"create table {_DRAFT}.{table} (like app.{table} including all)".encode())
                connection.execute(f"insert into {_DRAFT}.{table} select * from app.{table}".encode())
            changes = changes_of(connection, stated)
            [(at,)] = connection.execute("select clock_timestamp()").fetchall()
            write_changes(Writing(connection, at, "what-if", schema=_DRAFT), changes)
            for table in TABLES:
                connection.execute(f"analyze {_DRAFT}.{table}".encode())
    except psycopg.errors.IntegrityError as error:
        said = error.diag.message_primary or "a constraint"
        raise InputError([f"{path}: the database would refuse it ({said})"]) from None
    return Draft(tuple(describe(changes)), tuple(notes(changes)))


def _remove(holder: psycopg.Connection[Any]) -> None:
    for (schema,) in holder.execute(_SCHEMAS, (PREFIX,)).fetchall():
        holder.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))
