"""Worked examples P01–P08 and C01–C20: what a rate is applied to."""

from __future__ import annotations

from fractions import Fraction

from tests.commissions.books import Cell, Rule, Version, days, instant
from tests.commissions.worked_examples import Check, Example, Found


def _profit(example: Example, found: Found) -> tuple[dict[str, object], dict[str, int]]:
    [place] = [key for key in found.profits if str(key[1]).startswith(f"{example.name}/")]
    return found.profits[place], found.profit_lines[place]


def write_p01(example: Example) -> Check:
    given, expected = example.given, example.expected
    example.epochs()
    tips = int(given["gross_tips"]) * int(given["mev_commission_bps"]) // 10_000
    example.cell(
        {
            "EXEC_FEES": int(given["exec_fees"]),
            "MEV_TIPS": tips,
            "COMMISSION": int(given["inflation_commission_observed"]),
        },
        other_income=int(given["sfdp_reimbursement"]),
        costs={"VOTE_COSTS": int(given["vote_count"]) * int(given["lamports_per_vote"])},
    )

    def check(found: Found) -> None:
        total, lines = _profit(example, found)
        assert {name: lines[name] for name in expected["lines"]} == {
            name: int(amount) for name, amount in expected["lines"].items()
        }
        assert total["total_revenue_native"] == int(expected["total_income"])
        assert total["total_cost_native"] == -int(expected["total_expense"])
        assert total["net_native"] == int(expected["net"]) == sum(lines.values())

    return check


def write_p06(example: Example) -> Check:
    given = {name: int(amount) for name, amount in example.given["lines"].items()}
    expected = example.expected
    example.epochs()
    example.cell(
        {name: amount for name, amount in given.items() if amount >= 0},
        costs={name: -amount for name, amount in given.items() if amount < 0},
    )

    def check(found: Found) -> None:
        total, lines = _profit(example, found)
        assert total["total_revenue_native"] == int(expected["total_income"])
        assert total["total_cost_native"] == -int(expected["total_expense"])
        assert total["net_native"] == int(expected["net"]) == sum(lines.values())
        assert {name: lines[name] for name in given} == given

    return check


def write_p08(example: Example) -> Check:
    """Which tips are known is validator_mev's (its unit test is P08 too); what follows from it is here."""
    example.epochs()
    expected = example.expected
    for case in expected:
        tips = expected[case]["MEV_TIPS"]
        example.cell({"MEV_TIPS": None if tips is None else int(tips)}, validator=case)
        example.agree(Rule("MEV_TIPS", rate=500, validator=example.key(case)), partner=case)

    def check(found: Found) -> None:
        for case, answer in expected.items():
            place = next(key for key in found.profits if key[1] == example.key(case))
            assert found.profits[place]["mev_tips_native"] == (
                None if answer["MEV_TIPS"] is None else int(answer["MEV_TIPS"])
            )
            assert found.profits[place]["is_complete"] is answer["is_complete"]
            agreement = next(a for a in example.books.agreements if a.partner == example.key(case))
            blocking = found.blocking(agreement_id=str(agreement.agreement_id), period_id=place[0])
            assert (not blocking) == answer["statement_may_be_approved"]
        assert example.amounts(found, "partner") == {"b": 0}

    return check


def _fixed_share(example: Example) -> Check:
    given, expected = example.given, example.expected
    example.epochs()
    example.cell({given["component"]: int(given["component_amount"])})
    example.agree(Rule(given["component"], rate=int(given["rate_bps"])))

    def check(found: Found) -> None:
        line = example.only(found)
        assert line.final == int(expected["commission"])
        assert example.house(found, given["component"]) == int(expected["house"])
        assert line.base == int(expected.get("base", given["component_amount"]))
        assert line.exact == Fraction(expected.get("exact", expected["commission"]))

    return check


write_c01 = _fixed_share
write_c02 = _fixed_share


def _by_weight(example: Example, method: str, partner: int, total: int) -> Check:
    given, expected = example.given, example.expected
    example.epochs()
    cell = example.cell({given.get("component", "COMMISSION"): int(given["component_amount"])}, active_stake=total)
    example.stakers(cell, client={"active_stake": partner}, other={"active_stake": max(total - partner, 0)})
    example.wallet("client")
    example.agree(Rule(given.get("component", "COMMISSION"), method, rate=int(given["rate_bps"])))

    def check(found: Found) -> None:
        if expected.get("line", "") is None:
            assert example.lines(found, "partner") == {}
            assert expected["diagnostic"] in example.codes(found)
        else:
            line = example.only(found)
            assert line.final == int(expected["commission"])
            assert line.weight == Fraction(partner, total)
            assert line.exact == Fraction(expected["exact"])
            assert line.attributed == int(expected.get("display_base", given["component_amount"])) or method != (
                "STAKE_WEIGHT"
            )
            assert line.attribution_basis == expected.get("attribution_basis", line.attribution_basis)
        if "house" in expected:
            assert example.house(found, "COMMISSION") == int(expected["house"])
        may_be_approved = expected.get("statement_may_be_approved", True)
        assert example.may_be_approved(found) == may_be_approved

    return check


def write_c03(example: Example) -> Check:
    given = example.given
    return _by_weight(example, "STAKE_WEIGHT", int(given["partner_active_stake"]), int(given["total_active_stake"]))


def write_c06(example: Example) -> Check:
    given = example.given
    return _by_weight(example, "CLIENT_REVENUE", int(given["client_active_stake"]), int(given["total_active_stake"]))


write_c18 = write_c03
write_c19 = write_c03


def write_c17(example: Example) -> Check:
    """Stake that is activating is in a list with no active stake."""
    given, expected = example.given, example.expected
    active, others = int(given["partner"]["active"]), int(given["others"]["active"])
    example.epochs()
    cell = example.cell({"COMMISSION": int(given["component_amount"])}, active_stake=active + others)
    example.stakers(
        cell,
        active={"active_stake": active},
        activating={"active_stake": 0},
        other={"active_stake": others},
    )
    example.wallet("active")
    example.wallet("activating")
    example.agree(Rule("COMMISSION", "STAKE_WEIGHT", rate=int(given["rate_bps"])))

    def check(found: Found) -> None:
        line = example.only(found)
        assert (line.weight, line.final) == (Fraction(expected["weight"]), int(expected["commission"]))
        assert example.codes(found) == set()

    return check


def write_c04(example: Example) -> Check:
    given, expected = example.given, example.expected
    commissions = {name: int(amount) for name, amount in given["commission_by_wallet"].items()}
    example.epochs()
    cell = example.cell({"COMMISSION": sum(commissions.values())})
    example.stakers(cell, **{name: {"commission": amount} for name, amount in commissions.items()})
    for name in given["partner_wallets"]:
        example.wallet(name)
    example.agree(Rule("COMMISSION", "CLIENT_REVENUE", rate=int(given["rate_bps"])))

    def check(found: Found) -> None:
        line = example.only(found)
        assert (line.attributed, line.final) == (int(expected["base"]), int(expected["commission"]))
        assert line.exact == Fraction(expected["exact"])
        assert line.attribution_basis == "OBSERVED"
        assert example.house(found, "COMMISSION") == int(expected["house"])

    return check


def write_c05(example: Example) -> Check:
    given, expected = example.given, example.expected
    commissions = {name: int(amount) for name, amount in given["commission_by_wallet"].items()}
    example.epochs(starts_at=instant(given["period_start"]))
    cell = example.cell({"COMMISSION": sum(commissions.values())})
    example.stakers(cell, **{name: {"commission": amount} for name, amount in commissions.items()})
    for wallet in given["mapping"]:
        until = wallet["valid_until"] and instant(wallet["valid_until"])
        example.wallet(wallet["wallet"], since=instant(wallet["valid_from"]), until=until)
    example.agree(Rule("COMMISSION", "CLIENT_REVENUE", rate=int(given["rate_bps"]), validator=example.key("val")))

    def check(found: Found) -> None:
        line = example.only(found)
        assert (line.attributed, line.final) == (int(expected["base"]), int(expected["commission"]))
        assert sum(commissions[name] for name in expected["included"]) == line.attributed

    return check


def write_c07(example: Example) -> Check:
    given, expected = example.given, example.expected
    taken = int(given["validator_commission_from_client"])
    example.epochs()
    cell = example.cell({"COMMISSION": taken})
    example.stakers(cell, client={"commission": taken, "reward": int(given["client_net_rewards"])})
    example.wallet("client")
    rule = Rule(
        "COMMISSION", "CLIENT_REVENUE", rate=int(given["rate_bps"]), base_source=given["base_source"], key="rewards"
    )
    usual = Rule("COMMISSION", "CLIENT_REVENUE", rate=int(given["rate_bps"]), key="revenue")
    example.agree(rule, usual, stacking="ADDITIVE")

    def check(found: Found) -> None:
        assert example.amounts(found, "rule") == {"rewards": int(expected["commission"]), "revenue": 2_631_578}
        assert taken == int(expected["validator_revenue_from_client"])
        assert example.codes(found) == {expected["warning"]}
        assert example.may_be_approved(found)

    return check


def _partners_share(example: Example, **terms: str) -> Check:
    given, expected = example.given, example.expected
    whole = int(given.get("pool", given.get("component_amount")))
    example.epochs()
    example.cell({"MEV_TIPS": whole})
    for partner, rate in given["partners"].items():
        example.agree(Rule("MEV_TIPS", rate=int(rate)), partner=partner, **terms)

    def check(found: Found) -> None:
        lines = {partner: int(amount) for partner, amount in expected["lines"].items()}
        assert example.amounts(found, "partner") == lines
        assert example.house(found, "MEV_TIPS") == int(expected["house"])
        assert example.codes(found) == ({expected["diagnostic"]} if "diagnostic" in expected else set())
        may_be_approved = expected.get("statement_may_be_approved", True)
        assert example.may_be_approved(found) == may_be_approved

    return check


write_c11 = _partners_share
write_a08 = _partners_share


def write_c12(example: Example) -> Check:
    return _partners_share(example, allocation_mode="POOL_SPLIT", pool="C12")


def _every_component(example: Example) -> Check:
    given, expected = example.given, example.expected
    example.epochs()
    example.cell({name: int(amount) for name, amount in given["components"].items()})
    example.agree(Rule("ALL", rate=int(given["rate_bps"])))

    def check(found: Found) -> None:
        amounts = example.amounts(found, "component")
        lines = {name: int(amount) for name, amount in expected["lines"].items()}
        assert amounts == lines | {"VOTE_REWARDS": 0}
        assert sum(amounts.values()) == int(expected["total"])

    return check


write_c14 = _every_component
write_c15 = _every_component


def write_c16(example: Example) -> Check:
    given, expected = example.given, example.expected
    [day] = days(instant("2029-01-01"), 1)
    name, amount = given["component"], int(given["component_amount"])
    components = {"EXEC_FEES": 0, "MEV_TIPS": 0, "VOTE_REWARDS": 0, "COMMISSION": 0} | {name: amount}
    example.books.periods.append(day)
    example.books.cells.append(Cell("ethereum", day.period_id, example.key("val"), components))
    rule = Rule(name, rate=int(given["rate_bps"]), chain="ethereum")
    example.agree_on([Version(day.starts_at, [rule], day.ends_at)])

    def check(found: Found) -> None:
        [line] = [line for key, line in found.lines.items() if key[2] == "ethereum"]
        assert line.final == int(expected["commission"])
        assert line.exact == Fraction(expected["exact"])

    return check


def write_c20(example: Example) -> Check:
    given, expected = example.given, example.expected
    example.epochs()
    costs = {name: -int(amount) for name, amount in given["expenses"].items()}
    example.cell({name: int(amount) for name, amount in given["components"].items()}, costs=costs)
    example.agree(Rule("ALL", rate=int(given["rate_bps"])), basis="NET", net_costs=tuple(costs))

    def check(found: Found) -> None:
        amounts = example.amounts(found, "component")
        assert sum(amounts.values()) == int(expected["commission"])
        lines = example.lines(found, "component").values()
        assert sum(line.exact or 0 for line in lines) == Fraction(int(expected["base"]), 5)
        assert amounts == {"EXEC_FEES": 230_571_429, "MEV_TIPS": 38_428_571, "VOTE_REWARDS": 0, "COMMISSION": 0}

    return check
