"""The P&L over HTTP: to the base unit, whatever its size, and nothing for whom it does not belong to."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.kit.amounts import InexactAmountError, amount_texts
from api.validator_pnl.schemas import AMOUNTS
from tests.api.conftest import Serve
from tests.api.problem import problem
from tests.api.world import ETHEREUM_PNL_PATH, PNL_PATH, QUIET_VOTE, VOTE, Served, execute, query
from tests.postgres import TemplateDatabases


def _items(api: Served, path: str = PNL_PATH, **parameters: Any) -> list[dict[str, Any]]:
    response = api.get(path, params=parameters)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def _periods(api: Served, path: str = PNL_PATH, **parameters: Any) -> list[int]:
    return [item["period_id"] for item in _items(api, path, **parameters)]


def test_anonymous_is_refused(api: Served) -> None:
    problem(api.get(PNL_PATH, key=""), 401, "unauthenticated")


def test_a_partner_is_refused(api: Served) -> None:
    problem(api.get(PNL_PATH, key=api.partner), 403, "forbidden")


def test_amounts_beyond_2_to_the_53_keep_every_digit(api: Served) -> None:
    [item] = _items(api, **{"from": "840", "to": "840"})
    assert (item["net_native"], item["net_base_units"]) == ("12345678901.234567891", "12345678901234567891")


def test_the_largest_amount_of_an_18_decimals_chain_keeps_every_digit(api: Served) -> None:
    items = _items(api, ETHEREUM_PNL_PATH)
    assert [(item["net_native"], item["net_base_units"]) for item in items] == [
        ("99999999999999999999.999999999999999999", "99999999999999999999999999999999999999"),
        ("0.000000000000000001", "1"),
        ("-0.000000000000000001", "-1"),
    ]


def test_one_lamport_is_written_in_plain_notation_with_all_decimals(api: Served) -> None:
    [item] = _items(api, **{"from": "841", "to": "841"})
    assert (item["exec_fees_native"], item["exec_fees_base_units"]) == ("0.000000001", "1")
    assert (item["mev_tips_native"], item["mev_tips_base_units"]) == ("0.000000000", "0")


def test_a_loss_is_negative_and_each_amount_stands_under_its_own_name(api: Served) -> None:
    [item] = _items(api, **{"from": "842", "to": "842"})
    assert {name: item[f"{name}_base_units"] for name in AMOUNTS} == {
        "exec_fees": "1500000000",
        "mev_tips": "250000000",
        "vote_rewards": "3000000000",
        "commission": "750000000",
        "other_income": "500000000",
        "total_revenue": "6000000000",
        "vote_cost": "9100000000",
        "other_cost": "1",
        "total_cost": "9100000001",
        "partner_commissions": "1000000000",
        "net": "-4100000001",
    }
    assert item["net_native"] == "-4.100000001"


def test_unknown_stays_null_and_says_what_is_missing(api: Served) -> None:
    [item] = _items(api, **{"from": "843", "to": "843"})
    unknown = {name for name in AMOUNTS if item[f"{name}_native"] is None}
    assert unknown == {name for name in AMOUNTS if item[f"{name}_base_units"] is None}
    assert unknown == {"exec_fees", "total_revenue", "net"}
    assert (item["is_complete"], item["missing_data_types"]) == (False, ["FEES", "MEV"])


def test_a_running_period_is_flagged(api: Served) -> None:
    [item] = _items(api, **{"from": "844"})
    assert (item["is_finalized"], item["ends_at"], item["missing_data_types"]) == (False, None, [])
    assert item["starts_at"] == "2026-01-09T00:00:00Z"


def test_instants_are_utc_whatever_the_database_thinks(
    databases: TemplateDatabases, database_names: Callable[[str], str], serve: Serve
) -> None:
    name = database_names("kolkata")
    with serve(databases.clone(name, timezone="Asia/Kolkata")) as served:
        [item] = _items(served, **{"from": "840", "to": "840"})
    databases.drop(name)
    assert (item["starts_at"], item["ends_at"]) == ("2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z")


def test_no_amount_is_a_json_number(api: Served) -> None:
    floats: list[str] = []
    integers: list[str] = []
    json.loads(api.get(PNL_PATH).text, parse_float=floats.append, parse_int=integers.append)
    assert floats == []
    assert integers == ["9", "840", "841", "842", "843", "844"]  # native_decimals and period_ids


def test_the_units_of_the_amounts_stand_beside_them(api: Served) -> None:
    found = api.get(ETHEREUM_PNL_PATH).json()
    units = ("chain_id", "native_unit", "base_unit", "native_decimals", "period_type")
    assert [found[name] for name in units] == ["ethereum", "ETH", "wei", 18, "DAY"]


def test_every_amount_equals_the_database(api: Served) -> None:
    for path, chain, decimals in ((PNL_PATH, "solana", 9), (ETHEREUM_PNL_PATH, "ethereum", 18)):
        columns = ", ".join(f"{name}_native, {name}_native * {10**decimals}::numeric" for name in AMOUNTS)
        rows = query(
            api.url, f"select {columns} from api_v1.validator_pnl where chain_id = %s order by period_id", chain
        )
        texts = [
            [item[f"{name}_{unit}"] for name in AMOUNTS for unit in ("native", "base_units")]
            for item in _items(api, path)
        ]
        assert [[None if text is None else Decimal(text) for text in row] for row in texts] == [
            list(row) for row in rows
        ]


@given(units=st.integers(-(10**38) + 1, 10**38 - 1), decimals=st.integers(0, 18))
def test_text_and_amount_are_the_same_number(units: int, decimals: int) -> None:
    sign, digits = ("-" if units < 0 else ""), str(abs(units)).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    plain = f"{sign}{whole}.{fraction}" if decimals else f"{sign}{whole}"
    padded = Decimal(f"{sign}{whole}.{fraction.ljust(18, '0')}")
    assert amount_texts(padded, decimals=decimals) == (plain, str(units))


@pytest.mark.parametrize("native", ["0.0000000001", "NaN", "Infinity"])
def test_an_amount_that_would_be_rounded_is_refused(native: str) -> None:
    with pytest.raises(InexactAmountError):
        amount_texts(Decimal(native), decimals=9)


def test_an_amount_that_would_be_rounded_is_an_error_and_not_an_answer(own_api: Served) -> None:
    execute(own_api.url, "update api_v1.validator_pnl set net_native = 0.0000000001 where period_id = 841")
    found = problem(own_api.get(PNL_PATH), 500, "internal-error")
    assert "0.0000000001" not in json.dumps(found)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ({}, [840, 841, 842, 843, 844]),
        ({"from": "841", "to": "843"}, [841, 842, 843]),
        ({"from": "842", "to": "842"}, [842]),
        ({"to": "840"}, [840]),
        ({"from": "844"}, [844]),
        ({"from": "900", "to": "901"}, []),
    ],
)
def test_both_ends_of_a_range_are_included(api: Served, ends: dict[str, str], expected: list[int]) -> None:
    assert _periods(api, **ends) == expected


@pytest.mark.parametrize("ends", [("2026-01-02", "2026-01-03"), ("20260102", "20260103"), ("2026-01-02", "20260103")])
def test_days_are_taken_in_both_spellings(api: Served, ends: tuple[str, str]) -> None:
    assert _periods(api, ETHEREUM_PNL_PATH, **{"from": ends[0], "to": ends[1]}) == [20260102, 20260103]


@pytest.mark.parametrize(
    ("path", "ends", "parameter"),
    [
        (PNL_PATH, {"from": "2026-01-01"}, "from"),
        (PNL_PATH, {"to": "-1"}, "to"),
        (PNL_PATH, {"from": ""}, "from"),
        (PNL_PATH, {"from": "840..844"}, "from"),
        (PNL_PATH, {"from": "8.4e2"}, "from"),
        (PNL_PATH, {"from": "٨٤٠"}, "from"),
        (PNL_PATH, {"from": "840\0"}, "from"),
        (PNL_PATH, {"from": "99999999999999999999"}, "from"),
        (PNL_PATH, {"from": "840 or true"}, "from"),
        (PNL_PATH, {"from": "844", "to": "840"}, "to"),
        (ETHEREUM_PNL_PATH, {"from": "2026-02-30"}, "from"),
        (ETHEREUM_PNL_PATH, {"to": "20261301"}, "to"),
        (ETHEREUM_PNL_PATH, {"to": "840"}, "to"),
        (ETHEREUM_PNL_PATH, {"from": "2026-01-03", "to": "20260101"}, "to"),
    ],
)
def test_what_is_no_period_of_the_chain_is_named(api: Served, path: str, ends: dict[str, str], parameter: str) -> None:
    found = problem(api.get(path, params=ends), 422, "invalid-period")
    assert [error["parameter"] for error in found["errors"]] == [f"query.{parameter}"]


def test_pages_give_every_period_once_in_order_and_within_the_range(api: Served) -> None:
    seen: list[list[int]] = []
    parameters: dict[str, Any] = {"limit": 2, "from": "840", "to": "843"}
    while True:
        page = api.get(PNL_PATH, params=parameters).json()
        seen.append([item["period_id"] for item in page["items"]])
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert seen == [[840, 841], [842, 843]]


def test_a_cursor_of_validators_is_none_of_periods(api: Served) -> None:
    cursor = api.get("/v1/chains/solana/validators", params={"limit": 1}).json()["next_cursor"]
    problem(api.get(PNL_PATH, params={"cursor": cursor}), 400, "malformed-cursor")


def test_a_validator_without_a_pnl_has_an_empty_one(api: Served) -> None:
    assert _items(api, f"/v1/chains/solana/validators/{QUIET_VOTE}/pnl") == []


@pytest.mark.parametrize(
    "key", ["nobody", VOTE.lower(), "'%20or%20'1'='1", f"{VOTE}%00", f"{VOTE}%20", "%25", "%e2%82%ac", "x" * 3000]
)
def test_an_unknown_validator_is_not_found(api: Served, key: str) -> None:
    problem(api.get(f"/v1/chains/solana/validators/{key}/pnl"), 404, "unknown-validator")


def test_a_validator_of_another_chain_is_not_found(api: Served) -> None:
    problem(api.get(f"/v1/chains/ethereum/validators/{VOTE}/pnl"), 404, "unknown-validator")


def test_an_unknown_chain_is_not_found(api: Served) -> None:
    problem(api.get(f"/v1/chains/bitcoin/validators/{VOTE}/pnl"), 404, "unknown-chain")


def test_a_misspelt_parameter_is_refused_and_not_ignored(api: Served) -> None:
    found = problem(api.get(PNL_PATH, params={"form": "843"}), 422, "invalid-parameter")
    assert [error["parameter"] for error in found["errors"]] == ["query.form"]


def test_injection_finds_neither_a_way_in_nor_a_table_less(api: Served) -> None:
    attempts = [
        "'; drop table api_v1.validator_pnl; --",
        "' union select key_hash from app.api_keys --",
        "\\",
        "%s",
        "%(x)s",
    ]
    for attempt in attempts:
        for path, parameters in (
            (f"/v1/chains/{quote(attempt, safe='')}/validators", {}),
            (f"/v1/chains/solana/validators/{quote(attempt, safe='')}/pnl", {}),
            (PNL_PATH, {"from": attempt}),
            (PNL_PATH, {"cursor": attempt}),
        ):
            assert api.get(path, params=parameters).status_code in {400, 404, 422}, (path, parameters)
    assert _periods(api) == [840, 841, 842, 843, 844]
