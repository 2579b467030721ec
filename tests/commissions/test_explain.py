"""An explained line: its numbers lead to what is owed, its words hold them, and its parts sum to it."""

from __future__ import annotations

import json
import math
import re
import sys
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.commissions.books import Agreement, Books, Cell, Rule, Staker, Version, Wallet, epochs, instant
from tests.commissions.conftest import Ledger
from tests.commissions.explained_books import random_books
from tests.shared_files import shared_path

pytestmark = pytest.mark.slow

EXPLANATIONS = ("explain_line", "partner_commission_line_wallets")


def _whole(native: Decimal | str) -> int:
    scaled = Decimal(native).scaleb(9)
    assert scaled == scaled.to_integral_value()
    return int(scaled)


def _shared(whole: int, weights: dict[str, int]) -> dict[str, int]:
    """Largest remainder, anew."""
    total = sum(weights.values())
    size = abs(whole)
    quotas = {key: size * weight // total for key, weight in weights.items()}
    left = size - sum(quotas.values())
    ranked = sorted(weights, key=lambda key: (-(size * weights[key] % total), key.encode()))
    sign = -1 if whole < 0 else 1
    return {key: sign * (quotas[key] + (1 if ranked.index(key) < left else 0)) for key in weights}


@pytest.fixture(scope="module", params=[1, 2])
def explained(request: pytest.FixtureRequest, module_ledger: Ledger) -> Ledger:
    module_ledger.compute(random_books(request.param), also=EXPLANATIONS)
    return module_ledger


def _lines(ledger: Ledger) -> list[dict[str, Any]]:
    return ledger.warehouse.rows("select * from computation.explain_line")


def test_every_line_is_explained_once(explained: Ledger) -> None:
    lines = explained.warehouse.rows("select line_id, final_amount_native from computation.partner_commission_lines")
    assert lines
    found = {row["line_id"]: row["final_amount_native"] for row in _lines(explained)}
    assert found == {row["line_id"]: row["final_amount_native"] for row in lines}


def test_fractions_are_in_lowest_terms(explained: Ledger) -> None:
    for row in _lines(explained):
        for name in ("base", "attributed", "exact", "rule"):
            numerator, denominator = row[f"{name}_numerator"], row[f"{name}_denominator"]
            if numerator is not None:
                assert math.gcd(int(numerator), int(denominator)) == 1, row["explanation"]
                assert denominator > 0


def test_the_exact_fraction_truncated_is_what_a_plain_rule_comes_to(explained: Ledger) -> None:
    plain = [
        row
        for row in _lines(explained)
        if row["exact_numerator"] is not None and row["whole_amount_native"] is None and row["tier_mode"] is None
    ]
    assert len(plain) > 50
    for row in plain:
        exact = Fraction(int(row["exact_numerator"]), int(row["exact_denominator"]))
        attributed = Fraction(int(row["attributed_numerator"]), int(row["attributed_denominator"]))
        base = Fraction(int(row["base_numerator"]), int(row["base_denominator"]))
        weight = Fraction(int(row["weight_numerator"]), int(row["weight_denominator"]))
        assert attributed == base * weight
        bounded = row["floor_amount_native"] is not None or row["cap_amount_native"] is not None
        assert exact == Fraction(math.trunc(attributed) if bounded else attributed) * row["commission_rate_bps"] / 10000
        assert _whole(row["raw_amount_native"]) == math.trunc(exact)
        if row["negative_policy"] == "PASS_THROUGH":
            assert row["pre_override_amount_native"] == row["raw_amount_native"]


def test_slices_sum_to_the_rules_base_and_at_their_rates_to_its_total(explained: Ledger) -> None:
    tiered = [row for row in _lines(explained) if row["tier_mode"] is not None]
    assert len(tiered) > 20
    for row in tiered:
        slices = row["tier_slices"]
        assert all(isinstance(piece["slice_native"], str) for piece in slices)
        amounts = [_whole(piece["slice_native"]) for piece in slices]
        whole = _whole(row["rule_base_native"])
        total = Fraction(int(row["rule_numerator"]), int(row["rule_denominator"]))
        assert sum(amounts) == whole
        if whole:
            rates = [piece["commission_rate_bps"] for piece in slices]
            assert total == Fraction(sum(a * r for a, r in zip(amounts, rates, strict=True)), 10000)
            part = math.trunc(Fraction(int(row["attributed_numerator"]), int(row["attributed_denominator"])))
            exact = Fraction(int(row["exact_numerator"]), int(row["exact_denominator"]))
            assert exact == total * part / whole


def test_what_is_shared_is_the_bound_that_binds_or_the_total(explained: Ledger) -> None:
    for row in _lines(explained):
        if row["whole_amount_native"] is None or row["allocation_mode"] == "POOL_SPLIT":
            continue
        if row["is_floor_binding"]:
            assert row["whole_amount_native"] == row["floor_amount_native"]
        elif row["is_cap_binding"]:
            assert row["whole_amount_native"] == row["cap_amount_native"]
        else:
            total = Fraction(int(row["rule_numerator"]), int(row["rule_denominator"]))
            assert _whole(row["whole_amount_native"]) == math.trunc(total)


def test_the_words_hold_the_numbers(explained: Ledger) -> None:
    for row in _lines(explained):
        words = row["explanation"]
        assert words
        if row["override_amount_native"] is not None:
            assert f"makes the line {row['override_amount_native'].normalize():f} SOL" in words
        if row["pre_override_amount_native"] is None:
            assert words.startswith("Nothing is computed")
            continue
        exact = Fraction(int(row["exact_numerator"]), int(row["exact_denominator"]))
        assert f"= {exact}." in words or f": {exact}." in words, words
        assert re.search(r"Computed: -?[0-9.]+ SOL\.", words), words
        # Whatever is said to equal a product or a sum of others does.
        for claim, result in re.findall(r"(?:is|rule's) ([-0-9/* +]+) = (-?[0-9]+(?:/[0-9]+)?)[.;]", words):
            assert _computed(claim) == Fraction(result), words


def _computed(claim: str) -> Fraction:
    """The value of `a * b/c + d * e/f`."""
    return sum((math.prod(Fraction(factor) for factor in term.split(" * ")) for term in claim.split(" + ")), Fraction())


def test_the_parts_of_a_line_are_its_largest_remainders(explained: Ledger) -> None:
    lines = {row["line_id"]: row for row in explained.warehouse.rows("select * from computation.explain_line")}
    parts: dict[str, list[dict[str, Any]]] = {}
    for row in explained.warehouse.rows("select * from computation.partner_commission_line_wallets"):
        parts.setdefault(row["line_id"], []).append(row)
    assert len(parts) > 50
    for line_id, rows in parts.items():
        line = lines[line_id]
        assert sum(row["final_amount_native"] for row in rows) == line["final_amount_native"]
        weights = {row["staker_key"]: int(row["weight_base_units"]) for row in rows}
        if line["weight_basis"] is not None or line["base_source"] == "CLIENT_REWARDS":
            expected = line["weight_numerator"] if line["weight_basis"] else line["attributed_numerator"]
            assert sum(weights.values()) == expected
        if not any(weights.values()):
            weights = dict.fromkeys(weights, 1)
        shares = _shared(_whole(line["final_amount_native"]), weights)
        assert {row["staker_key"]: _whole(row["final_amount_native"]) for row in rows} == shares
    assert all(
        row["weight_numerator"] == 0
        for line_id, row in lines.items()
        if line_id not in parts and (row["weight_basis"] or row["attribution_basis"])
    )


def test_lines_break_down_as_the_vectors_say(ledger: Ledger) -> None:
    since = instant("2026-01-01")
    given = {
        vector["id"]: (vector["inputs"], vector["expected"]["detail"])
        for vector in json.loads(shared_path("vectors/commissions.json").read_text())["vectors"]
        if vector["id"] in {"C08", "C09", "C10", "C13"}
    }
    assert len(given) == 4
    vectors = {
        name: (
            int(inputs["line_total"]),
            [int(weight) for _, weight in sorted(inputs["weights"].items())],
            [int(amount) for _, amount in sorted(detail.items())],
        )
        for name, (inputs, detail) in given.items()
    }
    accounts = [(name, f"{name}-{n}", weight) for name in vectors for n, weight in enumerate(vectors[name][1])]
    ledger.compute(
        also=EXPLANATIONS,
        books=Books(
            periods=epochs(900, 1, starts_at=since),
            cells=[
                Cell(
                    "solana",
                    900,
                    name,
                    {"EXEC_FEES": whole, "MEV_TIPS": 0, "VOTE_REWARDS": 0, "COMMISSION": 0},
                    active_stake=sum(weights),
                )
                for name, (whole, weights, _) in vectors.items()
            ],
            stakers=[Staker("solana", 900, name, key, "other", active_stake=weight) for name, key, weight in accounts],
            wallets=[Wallet("P", "solana", key, "stake_account", since) for _, key, _ in accounts],
            agreements=[Agreement("P", "A", [Version(since, [Rule("EXEC_FEES", "STAKE_WEIGHT", rate=10_000)])])],
        ),
    )
    rows = ledger.warehouse.rows(
        "select validator_key, final_amount_native from computation.partner_commission_line_wallets order by staker_key"
    )
    found = {
        name: [_whole(row["final_amount_native"]) for row in rows if row["validator_key"] == name] for name in vectors
    }
    assert found == {name: expected for name, (_, _, expected) in vectors.items()}


def test_the_command_prints_a_line_and_its_parts(
    explained: Ledger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", explained.warehouse.url)
    weighted = "select line_id from computation.partner_commission_lines where weight_basis is not null"
    [row] = explained.warehouse.rows(
        "select line_id, count(*) as part_count from computation.partner_commission_line_wallets"
        f" where line_id = any(array({weighted} order by line_id limit 20)) group by line_id order by line_id limit 1"
    )
    [line] = explained.warehouse.rows(
        "select explanation from computation.explain_line where line_id = %s", row["line_id"]
    )
    printed = _run(monkeypatch, capsys, "agreements", "explain", row["line_id"], "--wallets")
    assert line["explanation"] in printed
    assert f"accounts: {row['part_count']}" in printed
    refusal = _run(monkeypatch, capsys, "agreements", "explain", "no such line")
    assert refusal.startswith("aurora: no line no such line")


def _run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    from aurora.cli import main

    monkeypatch.setattr(sys, "argv", ["aurora", *arguments])
    capsys.readouterr()
    with suppress(SystemExit):
        main()
    captured = capsys.readouterr()
    return captured.out or captured.err
