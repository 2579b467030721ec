"""What a statement comes to: its month, its sums, what is paid and what is carried, and the fiat memo."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.shared_files import shared_path
from tests.statements.desk import PARTNER, Cell, Desk, next_month, sol

pytestmark = pytest.mark.slow

FIRST_MONTHS = (202501, 202502, 202503, 202504, 202505, 202506)


@pytest.fixture(scope="module")
def vectors() -> dict[str, dict[str, Any]]:
    document = json.loads(shared_path("vectors/commissions.json").read_text())
    return {vector["id"]: vector for vector in document["vectors"]}


def _minimum(desk: Desk, lamports: str) -> None:
    desk.execute(
        "insert into app.partner_minimum_payouts (partner_id, chain_id, minimum_payout_native)"
        " values (%s, 'solana', %s)",
        PARTNER,
        sol(lamports),
    )


def _price(desk: Desk, at: str, price: str, *, currency: str = "USD") -> None:
    desk.execute(
        "insert into app.prices (chain_id, currency, at, price) values ('solana', %s, %s, %s)",
        currency,
        at,
        Decimal(price),
    )


@pytest.mark.parametrize("are_frozen", [False, True])
def test_s01_what_reaches_the_minimum_is_paid_whole_and_the_rest_is_carried(
    desk: Desk, vectors: dict[str, dict[str, Any]], are_frozen: bool
) -> None:
    given, expected = vectors["S01"]["inputs"], vectors["S01"]["expected"]
    _minimum(desk, given["minimum_payout"])
    desk.compute(dict(zip(FIRST_MONTHS, given["statement_nets"], strict=True)), with_tests=True)
    if are_frozen:
        for month in range(1, 7):
            desk.freeze(f"2025-{month:02}")
            if month == 3:
                desk.build(with_tests=True)
    statements = list(desk.statements().values())
    assert [one["payout"] for one in statements] == [int(amount) for amount in expected["payments"]]
    assert statements[-1]["balance"] == int(expected["carried"])
    assert [one["carried"] for one in statements] == [0, *(one["balance"] for one in statements[:-1])]
    assert {one["minimum_payout"] for one in statements} == {int(given["minimum_payout"])}
    desk.check()


def test_without_a_minimum_everything_above_zero_is_paid_and_a_debt_is_carried(desk: Desk) -> None:
    desk.compute({202501: -5, 202502: 5, 202503: 1}, with_tests=True)
    statements = list(desk.statements().values())
    assert [(one["payout"], one["balance"]) for one in statements] == [(0, -5), (0, 0), (1, 0)]


def test_the_minimum_that_was_used_is_frozen_with_the_statement(desk: Desk) -> None:
    _minimum(desk, "100")
    desk.compute({202501: 60, 202502: 60})
    desk.freeze("2025-01")
    desk.execute("update app.partner_minimum_payouts set superseded_at = now()")
    _minimum(desk, "1000")
    desk.build(with_tests=True)
    assert [(one["minimum_payout"], one["payout"], one["balance"]) for one in desk.statements().values()] == [
        (100, 0, 60),
        (1000, 0, 120),
    ]


def test_a_void_statement_is_carried_no_further(desk: Desk) -> None:
    _minimum(desk, "100")
    desk.compute({202501: 60, 202502: 60})
    desk.freeze("2025-01")
    desk.void("2025-01")
    desk.compute({202501: 50, 202502: 60}, with_tests=True)
    found = {key: (one["carried"], one["payout"]) for key, one in desk.statements().items()}
    assert found == {("2025-01", 1): (0, 0), ("2025-01", 2): (0, 0), ("2025-02", 1): (50, 110)}


def test_s02_a_period_belongs_to_the_month_in_which_it_ends(desk: Desk, vectors: dict[str, dict[str, Any]]) -> None:
    periods, months = vectors["S02"]["inputs"]["periods"], vectors["S02"]["expected"]["statement_month"]
    for number, (starts_at, ends_at) in enumerate(periods, 1):
        desk.period(number, starts_at, ends_at)
    desk.compute({number: number for number in range(1, len(periods) + 1)}, with_tests=True)
    assert {month: one["total_commission"] for (month, _), one in desk.statements().items()} == {
        month: number for number, month in enumerate(months, 1)
    }


def test_a_running_period_belongs_to_the_month_it_started_in_and_blocks_it(desk: Desk) -> None:
    desk.period(9, "2025-01-30T00:00:00Z", None, is_finalized=False)
    desk.compute({9: 10}, with_tests=True)
    january = desk.statement("2025-01")
    assert (january["total_commission"], january["is_approvable"], january["blocking_count"]) == (10, False, 1)


def test_s03_the_total_is_the_sum_of_the_lines(desk: Desk, vectors: dict[str, dict[str, Any]]) -> None:
    given, expected = vectors["S03"]["inputs"], vectors["S03"]["expected"]
    desk.compute(
        {Cell(202501, f"Vote{number}"): amount for number, amount in enumerate(given["lines"])}, with_tests=True
    )
    desk.freeze("2025-01")
    january = desk.statement("2025-01")
    assert january["total_commission"] == int(expected["total"])
    assert january["line_count"] == int(expected["line_count"])
    assert len(january["content_hash"]) == 64


def test_s04_the_fiat_total_is_rounded_once_and_shared(desk: Desk, vectors: dict[str, dict[str, Any]]) -> None:
    given, expected = vectors["S04"]["inputs"], vectors["S04"]["expected"]
    _price(desk, "2025-01-01T00:00:00Z", given["price_usd"])
    desk.compute({Cell(202501, name): amount for name, amount in given["lines"].items()}, with_tests=True)
    cents = {line["validator_key"]: line["fiat"]["USD"]["amount"].replace(".", "") for line in desk.lines("2025-01")}
    assert cents == expected["line_cents"]
    assert desk.statement("2025-01")["fiat_totals"]["USD"].replace(".", "") == expected["total_cents"]
    desk.freeze("2025-01")
    _price(desk, "2025-01-05T00:00:00Z", "1")
    desk.build(with_tests=True)
    assert desk.statement("2025-01")["fiat_totals"]["USD"].replace(".", "") == expected["total_cents"]


def test_each_line_has_the_last_price_at_the_end_of_its_own_period(desk: Desk) -> None:
    desk.period(1, "2025-01-01T00:00:00Z", "2025-01-03T00:00:00Z")
    desk.period(2, "2025-01-03T00:00:00Z", "2025-01-05T00:00:00Z")
    _price(desk, "2025-01-02T00:00:00Z", "10")
    _price(desk, "2025-01-05T00:00:00Z", "20")
    _price(desk, "2025-01-05T00:00:01Z", "30")
    desk.compute({1: 10**9, 2: 10**9}, with_tests=True)
    assert [line["fiat"]["USD"] for line in desk.lines("2025-01")] == [
        {"price": "10", "amount": "10.00"},
        {"price": "20", "amount": "20.00"},
    ]


def test_a_line_before_the_first_price_has_no_memo_and_its_statement_no_total(desk: Desk) -> None:
    desk.period(1, "2025-01-01T00:00:00Z", "2025-01-03T00:00:00Z")
    desk.period(2, "2025-01-03T00:00:00Z", "2025-01-05T00:00:00Z")
    _price(desk, "2025-01-04T00:00:00Z", "10")
    desk.compute({1: 10**9, 2: 10**9}, with_tests=True)
    first, second = desk.lines("2025-01")
    assert (first["fiat"], second["fiat"]) == (None, {"USD": {"price": "10", "amount": "10.00"}})
    assert desk.statement("2025-01")["fiat_totals"] is None


def test_lines_of_the_other_sign_take_none_of_the_fiat_total(desk: Desk) -> None:
    _price(desk, "2025-01-01T00:00:00Z", "0.333")
    _price(desk, "2025-01-01T00:00:00Z", "1", currency="EUR")
    desk.compute(
        {Cell(202501, "Vote1"): 10**9, Cell(202501, "Vote2"): 2 * 10**9, Cell(202501, "Vote3"): -(10**9)},
        with_tests=True,
    )
    lines = desk.lines("2025-01")
    assert [line["fiat"]["EUR"]["amount"] for line in lines] == ["0.67", "1.33", "0.00"]
    assert [line["fiat"]["USD"]["amount"] for line in lines] == ["0.22", "0.45", "0.00"]
    assert desk.statement("2025-01")["fiat_totals"] == {"EUR": "2.00", "USD": "0.67"}


def test_a_negative_fiat_total_is_rounded_half_away_from_zero(desk: Desk) -> None:
    _price(desk, "2025-01-01T00:00:00Z", "0.005")
    desk.compute({202501: -(10**9)}, with_tests=True)
    assert desk.statement("2025-01")["fiat_totals"] == {"USD": "-0.01"}
    assert [line["fiat"]["USD"]["amount"] for line in desk.lines("2025-01")] == ["-0.01"]


def test_lines_are_numbered_in_the_same_order_always(desk: Desk) -> None:
    cells = [Cell(202501, "b"), Cell(202501, "B"), Cell(20250101, "a"), Cell(202501, "a", "MEV_TIPS")]
    desk.compute(dict.fromkeys(cells, 1))
    before = desk.lines("2025-01")
    desk.compute(dict.fromkeys(reversed(cells), 1), with_tests=True)
    assert desk.lines("2025-01") == before
    assert [(line["period_id"], line["validator_key"]) for line in before] == [
        (202501, "B"),
        (202501, "a"),
        (202501, "b"),
        (20250101, "a"),
    ]
    assert [line["line_number"] for line in before] == [1, 2, 3, 4]


def test_a_statement_bears_the_same_id_in_every_build_and_another_in_its_next_revision(desk: Desk) -> None:
    desk.compute({202501: 1})
    first = desk.statement("2025-01")["statement_id"]
    desk.compute({202501: 2})
    assert desk.statement("2025-01")["statement_id"] == first
    desk.void("2025-01")
    desk.build(with_tests=True)
    assert desk.statement("2025-01", revision=2)["statement_id"] != first
    assert first == str(desk.warehouse.value("select md5(%s::text || '|solana|2025-01|1')::uuid::text", str(PARTNER)))


def test_december_is_followed_by_january(desk: Desk) -> None:
    desk.compute({202412: 10})
    desk.freeze("2024-12")
    desk.compute({202412: 11}, with_tests=True)
    [month] = {one["posted_month"] for one in desk.adjustments()}
    assert month == next_month(desk.statement("2024-12")["statement_month"])
