"""The audit log: written with what it tells, in order, and changed by nobody without being found out."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest

from api.audit.service import Entry, record_entries, record_entry, verify
from aurora.warehouse.connection import connect
from tests.api.world import execute, query

ZEROS = "0" * 64


def _three_entries(url: str) -> None:
    with connect(url) as connection:
        record_entry(
            connection,
            actor="ada",
            action="cost.recorded",
            subject_type="cost",
            subject_id="1",
            before=None,
            after={"amount_native": Decimal("0.000000001"), "at": datetime(2026, 1, 1, tzinfo=UTC), "id": UUID(int=1)},
        )
        entries = [Entry("cost.superseded", "cost", "1", {"note": "tab\tand \\ and é"}), Entry("x", "y", "z")]
        record_entries(connection, actor="bob", entries=entries)


def test_entries_are_chained_in_order_with_exact_states(database: str) -> None:
    _three_entries(database)
    rows = query(database, "select * from app.audit_log order by entry_number")
    assert [(row[0], *row[2:8]) for row in rows] == [
        (
            1,
            "ada",
            "cost.recorded",
            "cost",
            "1",
            None,
            {"amount_native": "0.000000001", "at": "2026-01-01T00:00:00Z", "id": str(UUID(int=1))},
        ),
        (2, "bob", "cost.superseded", "cost", "1", {"note": "tab\tand \\ and é"}, None),
        (3, "bob", "x", "y", "z", None, None),
    ]
    assert [row[8] for row in rows] == [ZEROS, rows[0][9], rows[1][9]]
    with connect(database) as connection:
        verification = verify(connection)
    assert verification == (3, rows[2][9], ())
    assert verification.is_whole


def test_an_empty_log_is_whole(database: str) -> None:
    with connect(database) as connection:
        assert verify(connection) == (0, None, ())


def test_an_entry_goes_with_its_transaction(database: str) -> None:
    with connect(database) as connection:
        record_entries(connection, actor="ada", entries=[Entry("a", "b", "c")])
        connection.rollback()
    assert query(database, "select count(*) from app.audit_log") == [(0,)]


@pytest.mark.parametrize(
    "statement",
    [
        "update app.audit_log set actor = 'eve'",
        "delete from app.audit_log",
        "truncate app.audit_log",
        "set session_replication_role = replica; delete from app.audit_log",
    ],
)
def test_nobody_changes_the_log_not_even_its_owner(database: str, statement: str) -> None:
    _three_entries(database)
    with pytest.raises(psycopg.errors.RestrictViolation, match="only takes new rows"):
        execute(database, statement)


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("update app.audit_log set actor = 'eve' where entry_number = 2", [(2, "its content was changed")]),
        ("update app.audit_log set state_after = '{}' where entry_number = 1", [(1, "its content was changed")]),
        (
            "update app.audit_log set at = at - interval '1 second' where entry_number = 3",
            [(3, "its content was changed")],
        ),
        ("delete from app.audit_log where entry_number = 2", [(3, "entries before it are missing")]),
        ("delete from app.audit_log where entry_number = 1", [(2, "entries before it are missing")]),
        (
            "update app.audit_log set actor = 'eve' where entry_number = 2;"
            "update app.audit_log as log set entry_hash = app.audit_entry_hash(log) where entry_number = 2",
            [(3, "it does not follow the entry before it")],
        ),
    ],
)
def test_whoever_removes_the_guards_is_found_out(database: str, tampering: str, broken: list[tuple[int, str]]) -> None:
    _three_entries(database)
    execute(database, f"alter table app.audit_log disable trigger all; {tampering}")
    with connect(database) as connection:
        verification = verify(connection)
    assert list(verification.breaks) == broken
    assert not verification.is_whole
