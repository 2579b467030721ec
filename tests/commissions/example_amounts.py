"""Worked examples T01–T09 and N01–N04: tiers, floors, caps, negative amounts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.commissions.books import Rule
from tests.commissions.worked_examples import Check, Example, Found


def _tiers(given: dict[str, Any], basis: str) -> Rule:
    steps = [(int(step["from"]), int(step["rate_bps"])) for step in given["tiers"]]
    return Rule("MEV_TIPS", tier_mode=given["mode"], tier_basis=basis, tiers=steps)


def _tiered(example: Example) -> Check:
    given, expected = example.given, example.expected
    example.epochs()
    example.cell({"MEV_TIPS": int(given["base"])})
    example.agree(_tiers(given, "PERIOD"))

    def check(found: Found) -> None:
        line = example.only(found)
        assert line.final == int(expected["commission"])
        if "exact" in expected:
            assert line.exact == Fraction(expected["exact"])
        else:
            assert line.exact == Fraction(int(given["base"]) * int(expected["rate_bps"]), 10_000)

    return check


write_t01 = _tiered
write_t02a = _tiered
write_t02b = _tiered


def write_t03(example: Example) -> Check:
    given, expected = example.given, example.expected
    example.epochs(len(given["period_bases"]))
    for number, base in enumerate(given["period_bases"]):
        example.cell({"MEV_TIPS": int(base)}, at=number)
    example.agree(_tiers(given, "CUMULATIVE_MONTH"))

    def check(found: Found) -> None:
        lines = example.lines(found, "epoch")
        assert [lines[number].final for number in sorted(lines)] == [int(each) for each in expected["commissions"]]
        assert sum(line.final for line in lines.values()) == int(expected["sum"])
        assert sum(line.exact or 0 for line in lines.values()) == Fraction(expected["check_exact_total"])

    return check


def _spread(example: Example, bases: dict[str, int], rate: int, **limits: int) -> Check:
    expected = example.expected
    example.epochs()
    for validator, base in bases.items():
        example.cell({"MEV_TIPS": base}, validator=validator)
    example.agree(Rule("MEV_TIPS", rate=rate, **limits))

    def check(found: Found) -> None:
        amounts = example.amounts(found, "validator")
        assert amounts == {validator: int(amount) for validator, amount in expected["lines"].items()}
        assert sum(amounts.values()) == int(expected.get("total", sum(amounts.values())))
        exact = sum(line.exact or 0 for line in example.lines(found, "validator").values())
        whole = Fraction(sum(bases.values()) * rate, 10_000)
        # The exact amounts are those after a cap and before a floor's top-up.
        assert exact == (limits["cap"] if expected.get("cap_binding") else whole)
        if "cap" in limits:
            assert (whole > limits["cap"]) == expected["cap_binding"]

    return check


def write_t04(example: Example) -> Check:
    given = example.given
    bases = {validator: int(base) for validator, base in given["bases"].items()}
    rate = int(given["rate_bps"])
    assert {validator: Fraction(base * rate, 10_000) for validator, base in bases.items()} == {
        validator: Fraction(amount) for validator, amount in example.expected["uncapped_exact"].items()
    }
    return _spread(example, bases, rate, cap=int(given["cap"]))


def _floored(example: Example) -> Check:
    exact = {validator: int(amount) for validator, amount in example.given["exact"].items()}
    return _spread(example, exact, 10_000, floor=int(example.given["floor"]))


write_t05 = _floored
write_t06 = _floored


def write_t07(example: Example) -> Check:
    expected = example.expected
    example.epochs()
    example.cell({"MEV_TIPS": example.given["component_amount"]})
    example.agree(Rule("MEV_TIPS", rate=500, floor=int(example.given["floor"])))

    def check(found: Found) -> None:
        assert example.lines(found, "partner") == {}
        assert expected["diagnostic"] in example.codes(found)
        assert example.may_be_approved(found) == expected["statement_may_be_approved"]

    return check


def write_t09(example: Example) -> Check:
    exact = {validator: int(amount) for validator, amount in example.given["exact"].items()}
    return _spread(example, exact, 10_000, cap=int(example.given["cap"]))


def _negative(example: Example) -> Check:
    given, expected = example.given, example.expected
    amounts = [int(amount) for amount in given["component_amounts"]]
    example.epochs(len(amounts))
    for number, amount in enumerate(amounts):
        example.cell({"EXEC_FEES": amount}, at=number)
    policy = given.get("negative_policy", "PASS_THROUGH")
    example.agree(Rule("EXEC_FEES", rate=int(given["rate_bps"])), negative_policy=policy)

    def check(found: Found) -> None:
        lines = example.amounts(found, "epoch")
        assert [lines[number] for number in sorted(lines)] == [int(amount) for amount in expected["lines"]]
        assert sum(lines.values()) == int(expected.get("total", expected.get("sum")))

    return check


write_n01 = _negative
write_n02 = _negative
write_n03 = _negative
write_n04 = _negative
