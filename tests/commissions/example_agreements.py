"""Worked examples A01–A10, R07, R08 and S05: what is in force, which rule applies, and what people decided."""

from __future__ import annotations

from tests.commissions.books import Disagreement, Rule, Version, instant
from tests.commissions.reference import BLOCKING
from tests.commissions.worked_examples import Check, Example, Found


def write_a01(example: Example) -> Check:
    given, expected = example.given, example.expected
    starts_at, ends_at = (instant(at) for at in given["period"])
    example.epochs(starts_at=starts_at, hours=int((ends_at - starts_at).total_seconds()) // 3600)
    example.cell({"MEV_TIPS": int(given["component_amount"])})
    example.agree_on(
        [
            Version(
                instant(version["from"]),
                [Rule("MEV_TIPS", rate=int(version["rate_bps"]), validator=example.key("val"))],
                version["until"] and instant(version["until"]),
            )
            for version in given["versions"]
        ]
    )

    def check(found: Found) -> None:
        line = example.only(found)
        assert (line.version, line.final) == (int(expected["version"]), int(expected["commission"]))

    return check


def write_a03(example: Example) -> Check:
    given, expected = example.given, example.expected
    example.epochs(starts_at=instant(given["period_start"]))
    example.cell({"MEV_TIPS": 1000})
    agreement = example.agree_on(
        [
            Version(
                instant(version["from"]),
                [Rule("MEV_TIPS", rate=500, validator=example.key("val"))],
                version["until"] and instant(version["until"]),
            )
            for version in given["versions"]
        ]
    )
    return _nothing_accrues(example, str(agreement.agreement_id), expected["diagnostic"])


def write_a10(example: Example) -> Check:
    given, expected = example.given, example.expected
    example.epochs(starts_at=instant(given["period_start"]))
    example.cell({"MEV_TIPS": int(given["component_amount"])})
    rule = Rule("MEV_TIPS", rate=int(given["rate_bps"]), validator=example.key("val"))
    agreement = example.agree_on(
        [Version(instant("2025-01-01"), [rule])],
        statuses=[(status["status"], instant(status["from"])) for status in given["status_history"]],
    )
    return _nothing_accrues(example, str(agreement.agreement_id), expected["diagnostic"])


def _nothing_accrues(example: Example, agreement_id: str, diagnostic: str) -> Check:
    period_id = example.books.periods[-1].period_id

    def check(found: Found) -> None:
        assert example.lines(found, "partner") == {}
        assert found.codes(agreement_id=agreement_id, period_id=period_id) == {diagnostic}
        assert diagnostic not in BLOCKING

    return check


def write_a06(example: Example) -> Check:
    given, expected = example.given, example.expected
    example.epochs()
    for validator, components in given["components"].items():
        example.cell({name: int(amount) for name, amount in components.items()}, validator=validator)
    example.agree(
        *(
            Rule(
                rule["component"],
                rate=int(rule["rate_bps"]),
                validator=example.key(rule["validator_key"]) if "validator_key" in rule else None,
                key=rule["id"],
                order=int(rule["rule_order"]),
            )
            for rule in given["rules"]
        )
    )

    def check(found: Found) -> None:
        amounts = example.amounts(found, "validator", "component", "rule")
        paid = {key: amount for key, amount in amounts.items() if amount}
        assert paid == {(validator, name, rule): int(amount) for validator, name, rule, amount in expected["lines"]}
        assert sum(amounts.values()) == int(expected["total"])

    return check


def write_a07(example: Example) -> Check:
    given, expected = example.given, example.expected
    example.epochs()
    example.cell({"MEV_TIPS": int(given["component_amount"])})
    rules = [Rule("MEV_TIPS", rate=int(rule["rate_bps"]), key=rule["id"]) for rule in given["rules"]]
    example.agree(*rules, stacking="ADDITIVE")

    def check(found: Found) -> None:
        amounts = example.amounts(found, "rule")
        assert amounts == {rule: int(amount) for rule, amount in expected["lines"].items()}
        assert sum(amounts.values()) == int(expected["total"])

    return check


def write_a09(example: Example) -> Check:
    given, expected = example.given, example.expected
    example.epochs(starts_at=instant(given["period_start"]))
    cell = example.cell({"COMMISSION": int(given["commission_from_wallet"])})
    example.stakers(cell, w={"commission": int(given["commission_from_wallet"])})
    for wallet in given["mapping"]:
        until = wallet["until"] and instant(wallet["until"])
        example.wallet(wallet["wallet"], wallet["partner"], instant(wallet["from"]), until)
    rule = Rule("COMMISSION", "CLIENT_REVENUE", rate=int(given["rate_bps"]), validator=example.key("val"))
    for partner in expected:
        example.agree(rule, partner=partner)

    def check(found: Found) -> None:
        assert example.amounts(found, "partner") == {partner: int(amount) for partner, amount in expected.items()}

    return check


def _overridden(example: Example) -> Check:
    given, expected = example.given, example.expected
    now = int(given.get("recomputed", given["computed"]))
    example.epochs()
    example.cell({"MEV_TIPS": now * 20})
    agreement = example.agree(Rule("MEV_TIPS", rate=500, key="tips"))
    example.override(agreement, "tips", "MEV_TIPS", int(given["override"]), int(given["computed"]))

    def check(found: Found) -> None:
        line = example.only(found)
        assert (line.computed, line.final) == (now, int(expected["final"]))
        assert example.codes(found) == ({"OVERRIDE_STALE"} if expected.get("override_stale") else set())
        may_be_approved = expected.get("statement_may_be_approved", True)
        assert example.may_be_approved(found) == may_be_approved

    return check


write_r07 = _overridden
write_r08 = _overridden


def write_s05(example: Example) -> Check:
    """The number that counts is the first provider's; how far they may differ is reconciliation's (its unit test)."""
    given, expected = example.given, example.expected
    first, second = int(given["primary"]), int(given["secondary"])
    tolerance = max(int(given["abs_tolerance"]), first * int(given["rel_tolerance_bps"]) // 10_000)
    assert (second - first, tolerance) == (int(expected["difference"]), int(expected["tolerance"]))
    example.epochs()
    cell = example.cell({"EXEC_FEES": first})
    example.books.disagreements.append(Disagreement(cell, first, second, tolerance))
    example.agree(Rule("EXEC_FEES", rate=500))

    def check(found: Found) -> None:
        line = example.only(found)
        assert (line.base, line.final) == (int(expected["used"]), int(expected["used"]) // 20)
        assert example.codes(found) == {expected["status"]}
        assert example.may_be_approved(found) == expected["statement_may_be_approved"]

    return check
