"""Agreements at random, none of which would be refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from tests.commissions.bases import key_of
from tests.commissions.books import COMPONENTS, DECIMALS, Agreement, Rule, Version

POLICIES = ("PASS_THROUGH", "FLOOR_AT_ZERO", "CARRY_FORWARD")
STATUSES = ("ACTIVE", "ACTIVE", "SUSPENDED", "TERMINATED", "DRAFT")
VALIDATORS = {"solana": ("VoteA", "VoteB", "VoteC"), "ethereum": ("0xX", "0xY")}


def agreement(chance: Random, partner: str, name: str, instants: list[datetime]) -> Agreement:
    """Up to three versions; a later one is the earlier one amended, or another."""
    versions: list[Version] = []
    for since, until in _spans(chance, instants):
        if versions and chance.random() < 0.7:
            rules = [_amended(chance, rule) for rule in versions[-1].rules]
            terms = replace(versions[-1], negative_policy=chance.choice(POLICIES))
        else:
            terms = _terms(chance)
            rules = _rules(chance, is_net=terms.basis == "NET")
        versions.append(replace(terms, effective_from=since, effective_until=until, rules=rules))
    return Agreement(partner, name, versions, _statuses(chance, instants))


def pool(chance: Random, partners: tuple[str, ...], name: str, instants: list[datetime]) -> list[Agreement]:
    """Agreements that share components out, mostly whole."""
    count = chance.randint(2, 4)
    cuts = sorted(chance.randint(0, 10_000) for _ in range(count - 1))
    rates = [end - start for start, end in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    if chance.random() < 0.25 and rates[0] > 0:
        rates[0] -= 1
    component = chance.choice([*COMPONENTS, "ALL"])
    chain = chance.choice(["solana", "solana", "ethereum", None])
    sharing = []
    for number, rate in enumerate(rates):
        rule = Rule(component, rate=rate, chain=chain)
        since = chance.choice(instants) if chance.random() < 0.15 else instants[0]
        policy = chance.choice(POLICIES)
        version = Version(since, [rule], allocation_mode="POOL_SPLIT", pool=name, negative_policy=policy)
        statuses = _statuses(chance, instants) if chance.random() < 0.15 else []
        sharing.append(Agreement(chance.choice(partners), f"{name} {'bAaB'[number]}", [version], statuses))
    return sharing


def _spans(chance: Random, instants: list[datetime]) -> list[tuple[datetime, datetime | None]]:
    start = chance.choice([instants[0] - timedelta(days=3), instants[0], chance.choice(instants)])
    later = sorted(at for at in chance.sample(instants, chance.choice([0, 1, 1, 2])) if at > start)
    spans: list[tuple[datetime, datetime | None]] = []
    for until in [*later, None]:
        if not spans or chance.random() < 0.85:
            ends = until is not None or chance.random() < 0.2
            spans.append((start, (until or instants[-1] + timedelta(days=1)) if ends else None))
        start = until or start
    return spans


def _statuses(chance: Random, instants: list[datetime]) -> list[tuple[str, datetime]]:
    if chance.random() < 0.7:
        return []
    ats = sorted(chance.sample(instants, min(len(instants), chance.randint(1, 3))))
    first = chance.choice([instants[0] - timedelta(days=30), ats[0]])
    return [(chance.choice(STATUSES), at) for at in sorted({first, *ats})]


def _terms(chance: Random) -> Version:
    is_net = chance.random() < 0.2
    return Version(
        datetime.min,
        [],
        stacking=chance.choice(["EXCLUSIVE", "EXCLUSIVE", "ADDITIVE"]),
        basis="NET" if is_net else "GROSS",
        net_costs=chance.choice([("VOTE_COSTS",), ("VOTE_COSTS", "INFRA_COSTS")]) if is_net else (),
        negative_policy=chance.choice(POLICIES),
    )


def _rules(chance: Random, *, is_net: bool) -> list[Rule]:
    rules: list[Rule] = []
    keys: set[tuple[str, str]] = set()
    for number in range(chance.randint(1, 4)):
        rule = _rule(chance, is_net=is_net)
        chains = [rule.chain] if rule.chain else list(DECIMALS)
        if chance.random() < 0.3 or any((chain, key_of(rule, chain)) in keys for chain in chains):
            rule.key = f"rule {number}"
        keys.update((chain, key_of(rule, chain)) for chain in chains)
        rules.append(rule)
    if chance.random() < 0.3:
        for order, rule in zip(chance.sample(range(1, 9), len(rules)), rules, strict=True):
            rule.order = order
    return rules


def _rule(chance: Random, *, is_net: bool) -> Rule:
    chain = chance.choice(["solana", "solana", "ethereum", None])
    rule = Rule(
        chance.choice([*COMPONENTS, "COMMISSION", "ALL", "ALL"]),
        chance.choice(["FIXED_SHARE", "STAKE_WEIGHT", "CLIENT_REVENUE"]),
        rate=_share(chance),
        chain=chain,
    )
    if chain is not None and chance.random() < 0.3:
        rule.validator = chance.choice(VALIDATORS[chain])
    is_of_clients = (chain, rule.component, rule.method) == ("solana", "COMMISSION", "CLIENT_REVENUE")
    if is_of_clients and not is_net and chance.random() < 0.5:
        rule.base_source = "CLIENT_REWARDS"
    if chain is not None:
        if chance.random() < 0.35:
            _tier(chance, rule, chain)
        if chance.random() < 0.2:
            rule.floor = _threshold(chance, chain)
        if chance.random() < 0.25:
            rule.cap = (rule.floor or 0) + _threshold(chance, chain)
    return rule


def _tier(chance: Random, rule: Rule, chain: str) -> None:
    rule.rate = None
    rule.tier_mode = chance.choice(["MARGINAL", "WHOLE"])
    rule.tier_basis = chance.choice(["PERIOD", "CUMULATIVE_MONTH", "CUMULATIVE_MONTH"])
    starts = sorted({0, *(_threshold(chance, chain) for _ in range(chance.randint(0, 3)))})
    rule.tiers = [(start, _share(chance)) for start in starts]


def _amended(chance: Random, rule: Rule) -> Rule:
    """The same rule at another rate, or as it was."""
    amended = replace(rule, tiers=[(start, _share(chance)) for start, _ in rule.tiers])
    if rule.rate is not None and chance.random() < 0.8:
        amended.rate = _share(chance)
    if rule.tier_basis and chance.random() < 0.3:
        amended.tier_basis = "PERIOD" if rule.tier_basis == "CUMULATIVE_MONTH" else "CUMULATIVE_MONTH"
    if rule.tiers and chance.random() < 0.15:
        amended.tiers, amended.tier_mode, amended.tier_basis, amended.rate = [], None, None, _share(chance)
    return amended


def _share(chance: Random) -> int:
    return chance.choice([0, 10_000, 1, chance.randint(0, 10_000), chance.randint(0, 1500)])


def _threshold(chance: Random, chain: str) -> int:
    largest = chance.choice([1, 10, 1000, 10**6, 10**11 if chain == "solana" else 10**20])
    return chance.randint(0, largest)
