"""Statements over HTTP: a partner's own from their release on, nobody else's ever, to the base unit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from api.keys.models import Role
from api.keys.service import create_key
from tests.api.problem import problem
from tests.api.world import Served, app_of, listening
from tests.statements.desk import OTHER_AGREEMENT, OTHER_PARTNER, PARTNER, Cell, Desk

pytestmark = pytest.mark.slow

PATH = f"/v1/partners/{PARTNER}/statements"
OTHER_PATH = f"/v1/partners/{OTHER_PARTNER}/statements"


@pytest.fixture
def api(desk: Desk) -> Iterator[Served]:
    """The API over a desk: January paid, February released, March approved, April submitted, May a draft."""
    desk.execute(
        "insert into app.prices (chain_id, currency, at, price) values ('solana', 'USD', '2025-01-01', 148.73)"
    )
    cells = {Cell(202500 + month, f"Vote{number}"): 10**9 + month for month in range(1, 6) for number in range(3)}
    desk.compute({**cells, Cell(202501, agreement=OTHER_AGREEMENT): 7})
    desk.freeze("2025-01")
    desk.compute({**cells, Cell(202501, "Vote0"): 5, Cell(202501, agreement=OTHER_AGREEMENT): 7})
    desk.freeze("2025-02", "2025-03")
    desk.release("2025-01")
    desk.release("2025-02")
    desk.pay("2025-01")
    desk.submit("2025-04")
    url = desk.warehouse.url
    operator = create_key(url, name="operator", role=Role.OPERATOR).secret
    partner = create_key(url, name="acme", role=Role.PARTNER, partner="Acme").secret
    with listening(app_of(url)) as address, httpx.Client(timeout=30) as client:
        yield Served(url=url, address=address, client=client, operator=operator, partner=partner)


def _items(api: Served, path: str = PATH, **options: Any) -> list[dict[str, Any]]:
    response = api.get(path, **options)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def test_who_sees_what(api: Served, desk: Desk) -> None:
    every = {f"{month}": one["statement_id"] for (month, _), one in desk.statements().items()}

    # Anonymous: nothing.
    problem(api.get(PATH, key=""), 401, "unauthenticated")
    problem(api.get(f"{PATH}/{every['2025-01']}", key=""), 401, "unauthenticated")

    # Another partner: not even that there is one.
    bolt = create_key(api.url, name="bolt", role=Role.PARTNER, partner="Bolt").secret
    nobody = "/v1/partners/00000000-0000-4000-8000-00000000ffff/statements"
    told = problem(api.get(PATH, key=bolt), 404, "unknown-partner")
    assert told["detail"] == problem(api.get(nobody, key=bolt), 404, "unknown-partner")["detail"]
    told = problem(api.get(f"{PATH}/{every['2025-01']}", key=bolt), 404, "unknown-statement")
    assert told["detail"] == problem(api.get(f"{nobody}/x", key=bolt), 404, "unknown-statement")["detail"]
    problem(api.get(f"{OTHER_PATH}/{every['2025-01']}", key=bolt), 404, "unknown-statement")
    assert _items(api, OTHER_PATH, key=bolt) == []
    stranger = create_key(api.url, name="stranger", role=Role.PARTNER, partner="Stranger").secret
    problem(api.get(PATH, key=stranger), 404, "unknown-partner")

    # The partner: what was released, and no more.
    seen = _items(api, key=api.partner)
    assert [(one["statement_month"], one["status"]) for one in seen] == [
        ("2025-01-01", "PAID"),
        ("2025-02-01", "RELEASED"),
    ]
    assert api.get(f"{PATH}/{every['2025-02']}", key=api.partner).status_code == 200
    for month in ("2025-03", "2025-04", "2025-05"):
        problem(api.get(f"{PATH}/{every[month]}", key=api.partner), 404, "unknown-statement")

    # The operator: all.
    assert [one["status"] for one in _items(api)] == ["PAID", "RELEASED", "APPROVED", "PENDING_APPROVAL", "DRAFT"]
    assert [one["status"] for one in _items(api, OTHER_PATH)] == ["DRAFT"]

    # A release shows at once.
    desk.release("2025-03")
    assert len(_items(api, key=api.partner)) == 3


def test_amounts_are_text_and_equal_the_database(api: Served, desk: Desk) -> None:
    february = desk.statement("2025-02")
    response = api.get(f"{PATH}/{february['statement_id']}", key=api.partner)
    floats: list[str] = []
    found = json.loads(response.text, parse_float=floats.append)
    assert floats == []
    assert found["total_commission_base_units"] == str(february["total_commission"])
    assert found["total_commission_native"] == "2.000000010"
    assert Decimal(found["adjustments_native"]) == Decimal("-0.999999996")
    assert (found["native_unit"], found["base_unit"], found["native_decimals"]) == ("SOL", "lamport", 9)
    assert found["content_hash"] == february["content_hash"]
    assert found["fiat_totals"] == [{"currency": "USD", "amount": february["fiat_totals"]["USD"]}]
    lines = desk.lines("2025-02")
    assert [line["amount_base_units"] for line in found["items"]] == [str(line["amount"]) for line in lines]
    assert [line["line_kind"] for line in found["items"]] == ["LINE", "LINE", "LINE", "ADJUSTMENT"]
    assert found["items"][3]["corrects_line_id"] == lines[3]["corrects_line_id"]
    assert found["items"][0]["fiat"] == [{"currency": "USD", **lines[0]["fiat"]["USD"]}]


def test_a_partner_is_not_told_what_the_validator_earned(api: Served) -> None:
    statement = _items(api, key=api.partner)[0]["statement_id"]
    text = api.get(f"{PATH}/{statement}", key=api.partner).text
    for hidden in ("base_amount", "weight_numerator", "weight_denominator", "override", "payload"):
        assert hidden not in text


def test_pages_join_to_the_whole(api: Served) -> None:
    whole = _items(api)
    pages: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        answer = api.get(PATH, params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        assert len(answer["items"]) <= 2
        pages += answer["items"]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert pages == whole
    path = f"{PATH}/{whole[1]['statement_id']}"
    lines = api.get(path).json()["items"]
    first = api.get(path, params={"limit": 3}).json()
    second = api.get(path, params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert first["items"] + second["items"] == lines
    assert second["next_cursor"] is None


@pytest.mark.parametrize("cursor", ["%25", "MQ", "MjAyNS0wMS0wMXxzb2xhbmE"])
def test_a_cursor_of_another_collection_is_refused(api: Served, cursor: str) -> None:
    problem(api.get(f"{PATH}?cursor={cursor}"), 400, "malformed-cursor")


def test_a_chain_can_be_asked_for_and_other_parameters_are_refused(api: Served) -> None:
    assert _items(api, params={"chain_id": "ethereum"}) == []
    assert len(_items(api, params={"chain_id": "solana"})) == 5
    problem(api.get(PATH, params={"chain": "solana"}), 422, "invalid-parameter")


@pytest.mark.parametrize("partner", ["x", "%00", "Acme", f"{PARTNER}%20"])
def test_what_is_no_partner_is_not_found(api: Served, partner: str) -> None:
    problem(api.get(f"/v1/partners/{partner}/statements"), 404, "unknown-partner")
    problem(api.get(f"/v1/partners/{partner}/statements/x"), 404, "unknown-statement")
