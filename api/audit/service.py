"""Writing to the audit log, within the transaction of what it tells, and checking that nobody changed it since."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import class_row

_COPY = "copy app.audit_log (actor, action, subject_type, subject_id, state_before, state_after) from stdin"

_BROKEN = f"""
    with chained as (
        select
            log.entry_number,
            log.entry_hash,
            log.previous_hash,
            app.audit_entry_hash(log) as computed_hash,
            lag(log.entry_number, 1, 0::bigint) over (order by log.entry_number) as number_before,
            lag(log.entry_hash, 1, '{"0" * 64}') over (order by log.entry_number) as hash_before
        from app.audit_log as log
    )
    select
        entry_number,
        case
            when entry_number <> number_before + 1 then 'entries before it are missing'
            when previous_hash <> hash_before then 'it does not follow the entry before it'
            else 'its content was changed'
        end as reason
    from chained
    where entry_number <> number_before + 1 or previous_hash <> hash_before or entry_hash <> computed_hash
    order by entry_number
"""
_LAST = "select entry_number, entry_hash from app.audit_log order by entry_number desc limit 1"


class Entry(NamedTuple):
    """What is to be written: an action on a subject, and its state before and after."""

    action: str
    subject_type: str
    subject_id: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


class Break(NamedTuple):
    """An entry at which the chain does not hold."""

    entry_number: int
    reason: str


class Verification(NamedTuple):
    """What a check of the chain found.

    Entries cut off at the end leave a chain that holds: compare `entry_count` and `last_hash` with what was noted
    elsewhere.
    """

    entry_count: int
    last_hash: str | None
    breaks: tuple[Break, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every entry is as it was written and follows the one before it."""
        return not self.breaks


def record_entry(
    connection: psycopg.Connection[Any],
    *,
    actor: str,
    action: str,
    subject_type: str,
    subject_id: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    """Write one entry in the connection's transaction: it is there if what it tells is.

    States may hold what JSON knows, and decimals, UUIDs, dates and instants with a zone, which become text.
    """
    record_entries(connection, actor=actor, entries=[Entry(action, subject_type, subject_id, before, after)])


def record_entries(connection: psycopg.Connection[Any], *, actor: str, entries: Iterable[Entry]) -> None:
    """Write entries in their order, in the connection's transaction."""
    with connection.cursor() as cursor, cursor.copy(_COPY.encode()) as copy:
        for entry in entries:
            states = (_json(entry.before), _json(entry.after))
            copy.write_row((actor, entry.action, entry.subject_type, entry.subject_id, *states))


def verify(connection: psycopg.Connection[Any]) -> Verification:
    """Compute every hash anew, and give the entries whose own or whose predecessor's does not agree."""
    with connection.cursor(row_factory=class_row(Break)) as cursor:
        breaks = tuple(cursor.execute(_BROKEN.encode()).fetchall())
    last = connection.execute(_LAST.encode()).fetchone()
    return Verification(last[0] if last else 0, last[1] if last else None, breaks)


def _json(state: Mapping[str, Any] | None) -> str | None:
    return None if state is None else json.dumps(state, default=_plain, ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot stand in the audit log")
