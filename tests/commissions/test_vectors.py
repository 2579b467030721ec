"""The worked examples of the money rules: all in one set of books, answered by the reference and by the dbt models.

Elsewhere: P02 to P05 and P07 are macros (tests/dbt/test_money_macros.py), P09 and the gross of P01 are unit tests of
their models; C08, C09, C10 and C13 break a line down to wallets (test_explain.py).
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from aurora.warehouse.connection import connect
from tests.commissions.books import Agreement, Books, Rule, Version, instant, partner_id
from tests.commissions.conftest import PROFITS, Computed, Ledger, Ledgers
from tests.commissions.example_checks import EXAMPLES
from tests.commissions.recording import record_agreement
from tests.commissions.reference import compute
from tests.commissions.worked_examples import Check, Example, Found, of_dbt, of_reference
from tests.shared_files import shared_path

ELSEWHERE = {
    *("P02", "P03", "P04", "P05", "P09"),  # macros and unit tests
    *("C08", "C09", "C10", "C13"),  # parts of lines
    *("P07", "T08", "A04"),  # refusals, below
    *("A05", "R01", "R02", "R03", "R04", "R05", "R06", "S01", "S02", "S03", "S04"),  # statements
}


@pytest.fixture(scope="module")
def vectors() -> dict[str, dict[str, Any]]:
    document = json.loads(shared_path("vectors/commissions.json").read_text(), parse_float=Decimal)
    return {vector["id"]: vector for vector in document["vectors"]}


@pytest.fixture(scope="module")
def examples(vectors: dict[str, dict[str, Any]]) -> tuple[Books, dict[str, Check]]:
    books = Books()
    checks = {}
    for number, (name, write) in enumerate(sorted(EXAMPLES.items())):
        vector = vectors[name]
        checks[name] = write(Example(name, number, vector["inputs"], vector["expected"], books))
    return books, checks


@pytest.fixture(scope="module")
def by_reference(examples: tuple[Books, dict[str, Check]]) -> Found:
    return of_reference(compute(examples[0]))


@pytest.fixture(scope="module")
def by_dbt(examples: tuple[Books, dict[str, Check]], ledgers: Ledgers) -> Found:
    with ledgers() as ledger:
        return _read(ledger, ledger.compute(examples[0], also=PROFITS))


def test_no_example_is_forgotten(vectors: dict[str, dict[str, Any]]) -> None:
    assert EXAMPLES.keys() | ELSEWHERE == vectors.keys()
    assert not EXAMPLES.keys() & ELSEWHERE


@pytest.mark.parametrize("name", sorted(name for name in EXAMPLES if not name.startswith("P")))
def test_the_reference_answers_as_the_example_does(
    examples: tuple[Books, dict[str, Check]], by_reference: Found, name: str
) -> None:
    examples[1][name](by_reference)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_models_answer_as_the_example_does(
    examples: tuple[Books, dict[str, Check]], by_dbt: Found, name: str
) -> None:
    examples[1][name](by_dbt)


@pytest.mark.slow
def test_a04_versions_that_overlap_are_refused(ledger: Ledger, vectors: dict[str, dict[str, Any]]) -> None:
    versions = [
        Version(instant(version["from"]), [], instant(version["until"]) if version["until"] else None)
        for version in vectors["A04"]["inputs"]["versions"]
    ]
    with pytest.raises(psycopg.errors.ExclusionViolation, match="agreement_versions_no_overlap"):
        _record(ledger, Agreement("A04", "agreement", versions))


@pytest.mark.slow
def test_t08_a_floor_above_the_cap_is_refused(ledger: Ledger, vectors: dict[str, dict[str, Any]]) -> None:
    given = vectors["T08"]["inputs"]
    rule = Rule("MEV_TIPS", rate=500, floor=int(given["floor"]), cap=int(given["cap"]))
    with pytest.raises(psycopg.errors.CheckViolation, match="agreement_rules_floor_below_cap"):
        _record(ledger, Agreement("T08", "agreement", [Version(instant("2025-01-01"), [rule])]))


@pytest.mark.slow
def test_p07_an_amount_in_wei_is_refused_and_the_same_in_ether_is_exact(
    ledger: Ledger, vectors: dict[str, dict[str, Any]]
) -> None:
    given, expected = vectors["P07"]["inputs"], vectors["P07"]["expected"]
    meta = "insert into canonical.validator_meta (chain_id, period_id, validator_key, status, active_stake_native)"
    row = f"{meta} values ('ethereum', 20250101, 'P07', 'ACTIVE', %s) returning active_stake_native"
    with connect(ledger.warehouse.url) as connection:
        [kept] = connection.execute(row.encode(), (Decimal(expected["eth"]),)).fetchone() or [None]
        assert kept == Decimal(expected["eth"])
        assert kept.scaleb(18) == int(given["stake_wei"])
        with pytest.raises(psycopg.errors.NumericValueOutOfRange):
            connection.execute(row.encode(), (Decimal(given["stake_wei"]),))


def _record(ledger: Ledger, agreement: Agreement) -> None:
    with connect(ledger.warehouse.url) as connection:
        connection.execute(
            "insert into app.partners (partner_id, name) values (%s, %s)",
            (partner_id(agreement.partner), agreement.partner),
        )
        record_agreement(connection, agreement)


def _read(ledger: Ledger, computed: Computed) -> Found:
    profits = {
        (row["period_id"], row["validator_key"]): {
            name: int(value.scaleb(9)) if isinstance(value, Decimal) else value for name, value in row.items()
        }
        for row in ledger.warehouse.rows("select * from computation.validator_pnl where chain_id = 'solana'")
    }
    profit_lines: dict[tuple[Any, ...], dict[str, int]] = {}
    for row in ledger.warehouse.rows("select * from computation.validator_pnl_lines where chain_id = 'solana'"):
        place = profit_lines.setdefault((row["period_id"], row["validator_key"]), {})
        if row["amount_native"] is not None:
            place[row["line_type"]] = place.get(row["line_type"], 0) + int(row["amount_native"].scaleb(9))
    return of_dbt(computed, profits=profits, profit_lines=profit_lines)
