"""Books of every kind of rule, made at random, for what must hold of each line whatever it comes from."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from tests.commissions.books import (
    Agreement,
    Books,
    Cell,
    Override,
    Rule,
    Staker,
    Version,
    Wallet,
    epochs,
    instant,
)

STARTS = instant("2026-01-01")
VALIDATORS = ("Validator1", "Validator2", "Validator3")
PARTNERS = ("Ada", "Bob", "Cleo")
ACCOUNTS = 24


def random_books(seed: int, *, periods: int = 6) -> Books:
    """A month and a half of three validators and three partners, whose agreements show every kind of rule."""
    draw = Random(seed)
    books = Books(periods=epochs(900, periods, starts_at=STARTS, hours=24 * 8))
    for period in books.periods:
        for validator in VALIDATORS:
            _add_cell(books, draw, period.period_id, validator)
    books.wallets = [
        *(Wallet(PARTNERS[n % 3], "solana", f"withdrawer{n}", "withdrawer", STARTS) for n in range(5)),
        # An account named by another than the one who named its authority.
        *(
            Wallet(PARTNERS[(n + 1) % 3], "solana", f"{validator}-stake{n}", "stake_account", STARTS)
            for n in range(3)
            for validator in VALIDATORS
        ),
    ]
    books.agreements = _agreements(draw)
    books.overrides = [
        Override(books.agreements[0], "share", "solana", 901, VALIDATORS[0], "MEV_TIPS", draw.randrange(10**6), 1),
        Override(books.agreements[1], "weight", "solana", 902, VALIDATORS[1], "EXEC_FEES", 1_000_003, None),
        # Of a rule that no version has: the override alone makes the line.
        Override(books.agreements[0], "agreed by hand", "solana", 901, VALIDATORS[0], "EXEC_FEES", 17, None),
    ]
    return books


def _add_cell(books: Books, draw: Random, period_id: int, validator: str) -> None:
    is_observed = draw.random() < 0.7
    stakers = [
        Staker(
            "solana",
            period_id,
            validator,
            f"{validator}-stake{n}",
            f"withdrawer{n % 7}",
            active_stake=draw.choice((0, 1, draw.randrange(10**12))) if is_observed else None,
            reward=draw.choice((0, 1, draw.randrange(10**8))),
            commission=draw.choice((0, 1, draw.randrange(10**7))),
        )
        for n in range(ACCOUNTS)
    ]
    books.stakers += stakers
    books.cells.append(
        Cell(
            "solana",
            period_id,
            validator,
            {
                "EXEC_FEES": draw.randrange(-(10**6), 10**10),
                "MEV_TIPS": draw.choice((0, draw.randrange(10**9))),
                "VOTE_REWARDS": draw.randrange(-(10**7), 10**7),
                "COMMISSION": sum(staker.commission or 0 for staker in stakers),
            },
            costs={"VOTE_COSTS": draw.randrange(10**9), "INFRA_COSTS": draw.randrange(10**6)},
            active_stake=sum(staker.active_stake or 0 for staker in stakers) if is_observed else None,
            is_listed=is_observed,
        )
    )


def _rate(draw: Random) -> int:
    return draw.choice((1, 333, draw.randrange(1, 10_000)))


def _tiers(draw: Random) -> list[tuple[int, int]]:
    starts = sorted(draw.sample(range(1, 10**10), 2))
    return [(start, _rate(draw)) for start in (0, *starts)]


def _agreements(draw: Random) -> list[Agreement]:
    policy = ("PASS_THROUGH", "FLOOR_AT_ZERO", "CARRY_FORWARD")
    terms: list[tuple[str, str, dict[str, object], list[Rule]]] = [
        ("Ada", "plain", {}, [Rule("MEV_TIPS", rate=_rate(draw), key="share"), Rule("ALL", rate=_rate(draw), order=9)]),
        ("Bob", "weight", {}, [Rule("ALL", "STAKE_WEIGHT", rate=_rate(draw), key="weight")]),
        ("Cleo", "revenue", {}, [Rule("ALL", "CLIENT_REVENUE", rate=_rate(draw))]),
        (
            "Cleo",
            "rewards",
            {},
            [Rule("COMMISSION", "CLIENT_REVENUE", rate=_rate(draw), base_source="CLIENT_REWARDS")],
        ),
        (
            "Ada",
            "net",
            {"basis": "NET", "net_costs": ("VOTE_COSTS", "INFRA_COSTS")},
            [Rule("ALL", draw.choice(("FIXED_SHARE", "STAKE_WEIGHT", "CLIENT_REVENUE")), rate=_rate(draw))],
        ),
        (
            "Bob",
            "marginal",
            {},
            [Rule("ALL", tier_mode="MARGINAL", tier_basis="CUMULATIVE_MONTH", tiers=_tiers(draw))],
        ),
        (
            "Cleo",
            "whole",
            {},
            [Rule("ALL", "STAKE_WEIGHT", tier_mode="WHOLE", tier_basis="CUMULATIVE_MONTH", tiers=_tiers(draw))],
        ),
        ("Ada", "tiers", {}, [Rule("EXEC_FEES", tier_mode="MARGINAL", tier_basis="PERIOD", tiers=_tiers(draw))]),
        ("Bob", "floor", {}, [Rule("ALL", "CLIENT_REVENUE", rate=_rate(draw), floor=draw.randrange(10**9))]),
        ("Cleo", "cap", {}, [Rule("ALL", rate=_rate(draw), floor=1, cap=draw.randrange(1, 10**8))]),
    ]
    agreements = [
        Agreement(
            partner,
            name,
            [
                Version(STARTS, rules, STARTS + timedelta(days=24), negative_policy=draw.choice(policy), **extra),  # type: ignore[arg-type]
                Version(STARTS + timedelta(days=24), rules, negative_policy=draw.choice(policy), **extra),  # type: ignore[arg-type]
            ],
        )
        for partner, name, extra, rules in terms
    ]
    first = draw.randrange(1, 9_999)
    agreements += [
        Agreement(
            partner,
            "pool",
            [Version(STARTS, [Rule("COMMISSION", rate=rate)], allocation_mode="POOL_SPLIT", pool="all of it")],
        )
        for partner, rate in (("Ada", first), ("Bob", 10_000 - first - draw.choice((0, 0, 1))))
    ]
    return agreements
