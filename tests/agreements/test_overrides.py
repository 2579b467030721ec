"""Overrides: set with what is computed then, stale when it changes, confirmed, cleared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.overrides.service import LineName, clear_override, confirm_override, list_overrides, set_override
from aurora.errors import AuroraError
from tests.agreements.conftest import Office
from tests.agreements.samples import OTHER_VOTE, PUBLIC_KEY, VOTE

BOOKS = f"""
partners:
  - name: Acme
    agreements:
      - name: A
        versions:
          - effective_from: 2026-01-01T00:00:00Z
            rules:
              - {{revenue_component: ALL, attribution_method: FIXED_SHARE, commission_rate_bps: 100}}
              - {{chain: solana, validator: {VOTE}, revenue_component: MEV_TIPS, attribution_method: FIXED_SHARE,
                  commission_rate_bps: 100, rule_key: tips}}
"""
TIPS = LineName("Acme", "A", "tips", "solana", "840", VOTE, "MEV_TIPS")
ROWS = """
    select override_amount_native::text, computed_amount_native::text, reason, recorded_by, superseded_at is null
    from app.commission_overrides order by recorded_at
"""


@pytest.fixture
def books(office: Office) -> Office:
    office.apply(BOOKS)
    return office


def compute(office: Office, amount: str) -> None:
    """What the warehouse computes for the line."""
    office.execute("create schema if not exists computation")
    office.execute(
        "create table if not exists computation.partner_commission_lines (agreement_id text, rule_key text,"
        " chain_id text, period_id bigint, validator_key text, revenue_component text,"
        " pre_override_amount_native numeric(38, 18))"
    )
    office.execute("delete from computation.partner_commission_lines")
    office.execute(
        "insert into computation.partner_commission_lines select agreement_id::text, 'tips', 'solana', 840, %s,"
        " 'MEV_TIPS', %s::numeric from app.agreements",
        VOTE,
        amount,
    )


def put(office: Office, line: LineName = TIPS, *, amount: str = "1.5", reason: str = "a deal") -> bool:
    return set_override(office.url, office.registry, line, amount=amount, reason=reason, actor="ada")


def test_an_override_notes_what_is_computed_when_it_is_set(books: Office) -> None:
    assert put(books)
    compute(books, "0.7")
    assert put(books, amount="0", reason="another deal")
    assert books.rows(ROWS) == [
        ("1.500000000000000000", None, "a deal", "ada", False),
        ("0.000000000000000000", "0.700000000000000000", "another deal", "ada", True),
    ]
    before = books.everything()
    assert not put(books, amount="0", reason="another deal")
    assert books.everything() == before


def test_a_stale_override_is_seen_and_confirmed(books: Office) -> None:
    compute(books, "0.7")
    put(books)
    assert not confirm_override(books.url, books.registry, TIPS, reason=None, actor="bob")
    [override] = list_overrides(books.url)
    assert (override.line, override.is_stale) == (TIPS, False)
    compute(books, "0.8")
    [override] = list_overrides(books.url)
    assert override.is_stale
    assert confirm_override(books.url, books.registry, TIPS, reason=None, actor="bob")
    assert books.rows(ROWS)[-1] == ("1.500000000000000000", "0.800000000000000000", "a deal", "bob", True)
    assert not list_overrides(books.url)[0].is_stale
    actions = "select actor, action, state_before is null from app.audit_log where action like 'override%' order by 1"
    assert books.rows(actions) == [("ada", "override.recorded", True), ("bob", "override.confirmed", False)]


def test_a_cleared_override_is_superseded(books: Office) -> None:
    put(books)
    clear_override(books.url, books.registry, TIPS, reason="over", actor="bob")
    assert [row[4] for row in books.rows(ROWS)] == [False]
    assert list_overrides(books.url) == []
    for call in (clear_override, confirm_override):
        with pytest.raises(AuroraError, match="no override of that line"):
            call(books.url, books.registry, TIPS, reason=None, actor="bob")


def test_an_amount_below_zero_is_a_clawback_of_the_operator(books: Office) -> None:
    assert put(books, amount="-0.000000001")
    assert books.rows(ROWS)[0][0] == "-0.000000001000000000"


def test_a_line_of_the_rule_for_every_chain_has_its_key_on_the_chain(books: Office) -> None:
    line = LineName("Acme", "A", "ethereum/*/ALL/FIXED_SHARE", "ethereum", "2026-01-02", PUBLIC_KEY, "COMMISSION")
    assert put(books, line)
    keys = books.rows("select rule_key, period_id, validator_key from app.commission_overrides")
    assert keys == [("ethereum/*/ALL/FIXED_SHARE", 20260102, PUBLIC_KEY.lower())]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"partner": "Bolt"}, "no partner 'Bolt'"),
        ({"agreement": "B"}, "no agreement 'B'"),
        ({"rule_key": "tip"}, r"no rule 'tip' on solana; there are: solana/\*/ALL/FIXED_SHARE, tips"),
        ({"chain": "tron"}, "unknown chain"),
        ({"chain": "ethereum", "period": "20260101", "validator": PUBLIC_KEY}, "no rule 'tips' on ethereum"),
        ({"period": "2026-01-01"}, "period must be an epoch's number"),
        ({"period": "840..841"}, "period must be an epoch's number"),
        ({"validator": VOTE[:-3]}, "validator must be a base58"),
        ({"validator": OTHER_VOTE}, "could have no such line"),
        ({"component": "COMMISSION"}, "could have no such line"),
        ({"component": "ALL"}, "component must be one of EXEC_FEES"),
    ],
)
def test_a_line_that_no_rule_could_have_is_refused(books: Office, change: dict[str, str], reason: str) -> None:
    with pytest.raises(AuroraError, match=reason):
        put(books, replace(TIPS, **change))
    assert books.rows(ROWS) == []


@pytest.mark.parametrize(
    ("amount", "why", "reason"),
    [
        ("x", "deal", "amount must be a decimal"),
        ("0.0000000001", "deal", "amount has more than 9 decimals"),
        ("1", " ", "a reason is needed"),
    ],
)
def test_an_amount_or_reason_that_cannot_be_right_is_refused(books: Office, amount: str, why: str, reason: str) -> None:
    with pytest.raises(AuroraError, match=reason):
        put(books, amount=amount, reason=why)
