"""Accepting a difference between providers: for the two values there are, and no others."""

from __future__ import annotations

import pytest

from api.reconciliation.service import CellName, accept, list_differences
from aurora.errors import AuroraError
from tests.agreements.conftest import Office
from tests.agreements.samples import VOTE

CELL = CellName("solana", "840", VOTE, "total_fees_native", "solana_rpc", "solana_beach")
ROWS = "select value_b::text, reason, superseded_at is null from app.reconciliation_acceptances order by recorded_at"


@pytest.fixture
def books(office: Office) -> Office:
    office.execute("create schema canonical")
    office.execute(
        "create table canonical.reconciliation (chain_id text, period_id bigint, validator_key text, metric text,"
        " provider_a text, provider_b text, value_a numeric(38, 18), value_b numeric(38, 18),"
        " is_within_tolerance boolean)"
    )
    for period, is_within in ((840, False), (841, True)):
        office.execute(
            "insert into canonical.reconciliation values ('solana', %s, %s, %s, %s, %s, 1, 2, %s)",
            period,
            VOTE,
            *CELL[3:],
            is_within,
        )
    return office


def take(office: Office, cell: CellName = CELL, *, reason: str = "rounding") -> bool:
    return accept(office.url, office.registry, cell, reason=reason, actor="ada")


def test_a_difference_is_accepted_for_its_two_values(books: Office) -> None:
    assert [found.reason for found in list_differences(books.url)] == [None]
    assert take(books)
    assert [(found.reason, found.accepted_by) for found in list_differences(books.url)] == [("rounding", "ada")]
    before = books.everything()
    assert not take(books)
    assert books.everything() == before
    books.execute("update canonical.reconciliation set value_b = 3")
    assert [found.reason for found in list_differences(books.url)] == [None]
    assert take(books, reason="rounding again")
    assert books.rows(ROWS) == [
        ("2.000000000000000000", "rounding", False),
        ("3.000000000000000000", "rounding again", True),
    ]
    assert books.rows("select action, state_before ->> 'value_b' from app.audit_log order by entry_number") == [
        ("reconciliation.accepted", None),
        ("reconciliation.accepted", "2.000000000000000000"),
    ]


@pytest.mark.parametrize(
    ("cell", "why", "reason"),
    [
        (CELL._replace(period="841"), "r", "agree within tolerance"),
        (CELL._replace(period="842"), "r", "nobody compared total_fees_native"),
        (CELL._replace(metric="luck"), "r", "nobody compared luck"),
        (CELL._replace(chain="tron"), "r", "unknown chain"),
        (CELL._replace(period="x"), "r", "period must be an epoch's number"),
        (CELL._replace(validator="x"), "r", "validator must be a base58"),
        (CELL, "", "a reason is needed"),
    ],
)
def test_what_is_nothing_to_accept_is_refused(books: Office, cell: CellName, why: str, reason: str) -> None:
    with pytest.raises(AuroraError, match=reason):
        take(books, cell, reason=why)
    assert books.rows(ROWS) == []


def test_without_a_warehouse_there_is_nothing_to_accept(office: Office) -> None:
    for call in (lambda: take(office), lambda: list_differences(office.url)):
        with pytest.raises(AuroraError, match="aurora transform"):
            call()
