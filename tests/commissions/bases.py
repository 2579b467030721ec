"""Part of the reference: what is in force, which rule applies to what, and what its rate is applied to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from tests.commissions.books import COMPONENTS, Agreement, Books, Cell, Period, Rule, Staker, Version, Wallet

Place = tuple[str, int, str]
"""Chain, period, validator."""


@dataclass(slots=True)
class Claim:
    """A rule on a component of a cell: what it comes to, and why it may come to nothing."""

    agreement: Agreement
    version: Version
    rule: Rule
    rule_key: str
    period: Period
    cell: Cell
    component: str
    base: Fraction | None = None
    weight: Fraction = Fraction(1)
    weight_basis: str | None = None
    attribution_basis: str | None = None
    attributed: Fraction | None = None
    withheld: str | None = None
    notes: set[str] = field(default_factory=set)
    client_commission: int | None = 0
    exact: Fraction | None = None
    raw: int | None = None

    @property
    def is_rule_wide(self) -> bool:
        """Whether one sum is made of all lines of the rule and period."""
        rule = self.rule
        return bool(rule.tiers) or rule.floor is not None or rule.cap is not None or self.version.basis == "NET"

    @property
    def truncates_bases(self) -> bool:
        """Whether the rule works on whole base units."""
        return bool(self.rule.tiers) or self.rule.floor is not None or self.rule.cap is not None


def version_at(agreement: Agreement, at: datetime) -> Version | None:
    """The version in force."""
    for version in agreement.versions:
        if version.effective_from <= at and (version.effective_until is None or at < version.effective_until):
            return version
    return None


def status_at(agreement: Agreement, at: datetime | None) -> str:
    """The status at a time: before the first a draft; without any, active from the first version on."""
    if not agreement.statuses:
        return "ACTIVE"
    past = [(since, status) for status, since in agreement.statuses if at is not None and since <= at]
    return max(past)[1] if past else "DRAFT"


def rules_for(version: Version, chain: str, validator: str, component: str) -> list[Rule]:
    """The rules that apply: the most specific one, or, where they add up, every one that matches."""
    numbered = [
        (rule.order or place, rule)
        for place, rule in enumerate(version.rules, 1)
        if rule.chain in (None, chain) and rule.validator in (None, validator) and rule.component in ("ALL", component)
    ]
    if version.stacking == "ADDITIVE":
        return [rule for _, rule in numbered]
    numbered.sort(
        key=lambda numbered_rule: (
            numbered_rule[1].validator is None,
            numbered_rule[1].chain is None,
            numbered_rule[1].component == "ALL",
            numbered_rule[0],
        )
    )
    return [rule for _, rule in numbered[:1]]


def key_of(rule: Rule, chain: str) -> str:
    """The rule's name, or what it has for one."""
    return rule.key or f"{chain}/{rule.validator or '*'}/{rule.component}/{rule.method}"


class Clients:
    """Who was a client of whom when a period started, and what the chain says of their accounts."""

    def __init__(self, books: Books) -> None:
        self._wallets = books.wallets
        self._starts = {(period.chain, period.period_id): period.starts_at for period in books.periods}
        self._stakers: dict[Place, list[Staker]] = defaultdict(list)
        for staker in books.stakers:
            self._stakers[staker.chain, staker.period_id, staker.validator].append(staker)

    def all_of(self, cell: Cell) -> list[Staker]:
        """Every account."""
        return self._stakers[cell.chain, cell.period_id, cell.validator]

    def of(self, partner: str, cell: Cell) -> list[Staker]:
        """The accounts of a partner's clients."""
        return [staker for staker in self.all_of(cell) if self._partner(staker) == partner]

    def has_any(self, partner: str, cell: Cell) -> bool:
        """Whether anything at all is a client of the partner's on the chain."""
        start = self._starts[cell.chain, cell.period_id]
        return any(
            (wallet.partner, wallet.chain) == (partner, cell.chain) and _is_valid(wallet, start)
            for wallet in self._wallets
        )

    def _partner(self, staker: Staker) -> str | None:
        if staker.chain == "ethereum":
            return self._holder(staker, "withdrawal_address", staker.withdrawer)
        # A stake account that is named itself beats its withdraw authority.
        named = self._holder(staker, "stake_account", staker.staker)
        return named or self._holder(staker, "withdrawer", staker.withdrawer)

    def _holder(self, staker: Staker, kind: str, address: str) -> str | None:
        start = self._starts[staker.chain, staker.period_id]
        for wallet in self._wallets:
            if (wallet.chain, wallet.kind, wallet.address) == (staker.chain, kind, address) and _is_valid(
                wallet, start
            ):
                return wallet.partner
        return None


def _is_valid(wallet: Wallet, start: datetime | None) -> bool:
    if start is None or start < wallet.valid_from:
        return False
    return wallet.valid_until is None or start < wallet.valid_until


def attribute(claim: Claim, clients: Clients) -> None:
    """Find the claim's base, weight and attributed base, or why there is none."""
    chain, method = claim.cell.chain, claim.rule.method
    stakers = clients.of(claim.agreement.partner, claim.cell)
    claim.base = _net(claim) if claim.version.basis == "NET" else _amount(claim.cell.components[claim.component])
    claim.client_commission = _sum(staker.commission for staker in stakers)
    if method == "FIXED_SHARE":
        pass
    elif method == "STAKE_WEIGHT" or (chain == "solana" and claim.component != "COMMISSION"):
        _weigh(claim, stakers, clients)
        if method == "CLIENT_REVENUE":
            claim.attribution_basis = "STAKE_APPORTIONED"
    elif chain == "ethereum":
        claim.attribution_basis = "OBSERVED"
        claim.weight = Fraction(1 if stakers else 0)
    else:
        claim.attribution_basis = "OBSERVED"
        _observe(claim, stakers)
    # A list of the period's own stake is held against the chain's figure instead: STAKE_MISMATCH.
    rests_on_accounts = claim.weight_basis == "REWARD_APPORTIONED" or claim.attribution_basis == "OBSERVED"
    is_shown_whole = claim.cell.is_staker_set_complete or chain == "ethereum"
    if rests_on_accounts and not is_shown_whole and clients.has_any(claim.agreement.partner, claim.cell):
        claim.notes.add("STAKERS_INCOMPLETE")
    if claim.base is None:
        claim.withheld = "MISSING_DATA"
    elif claim.withheld is None:
        claim.attributed = claim.base * claim.weight
        if claim.weight_basis == "REWARD_APPORTIONED":
            claim.notes.add("REWARD_APPORTIONED")


def _net(claim: Claim) -> Fraction | None:
    """The component less its part of the costs that are taken off."""
    amounts = {name: claim.cell.components[name] for name in COMPONENTS}
    if any(amount is None for amount in amounts.values()):
        return None
    positive = {name: max(amount or 0, 0) for name, amount in amounts.items()}
    if not any(positive.values()):
        positive["EXEC_FEES"] = 1
    cost = sum(amount for kind, amount in claim.cell.costs.items() if kind in claim.version.net_costs)
    share = Fraction(positive[claim.component], sum(positive.values()))
    return (amounts[claim.component] or 0) - cost * share


def _weigh(claim: Claim, stakers: list[Staker], clients: Clients) -> None:
    """The clients' part of the active stake, or of the rewards where stake was not observed."""
    cell, everybody = claim.cell, clients.all_of(claim.cell)
    whole, is_listed = cell.active_stake, cell.is_listed or cell.chain == "ethereum"
    if whole is not None and (is_listed or whole == 0):
        claim.weight_basis = "STAKE_OBSERVED"
        if is_listed and sum(staker.active_stake or 0 for staker in everybody) != whole:
            claim.notes.add("STAKE_MISMATCH")
        if whole == 0:
            claim.withheld = "NO_ACTIVE_STAKE"
            return
        claim.weight = Fraction(sum(staker.active_stake or 0 for staker in stakers), whole)
        if claim.weight > 1:
            claim.withheld = "WEIGHT_GT_ONE"
        return
    claim.weight_basis = "REWARD_APPORTIONED"
    part, total = _sum(staker.reward for staker in stakers), _sum(staker.reward for staker in everybody)
    if not cell.are_rewards_known:
        total = None
    if not clients.has_any(claim.agreement.partner, cell) or (not stakers and total == 0):
        claim.weight = Fraction(0)
    elif part is None or not total:
        claim.withheld = "MISSING_DATA"
    else:
        claim.weight = Fraction(part, total)


def _observe(claim: Claim, stakers: list[Staker]) -> None:
    """What the validator took of the clients as commission on Solana, or what they earned themselves."""
    if claim.rule.base_source == "CLIENT_REWARDS":
        claim.base = _amount(_sum(staker.reward for staker in stakers))
        return
    observed = claim.cell.components["COMMISSION"]
    if claim.client_commission is None:
        claim.withheld = "MISSING_DATA"
    elif observed is None:
        claim.base = None
    else:
        claim.weight = Fraction(claim.client_commission, observed) if observed else Fraction(0)


def _amount(amount: int | None) -> Fraction | None:
    return None if amount is None else Fraction(amount)


def _sum(amounts: object) -> int | None:
    known = list(amounts)  # type: ignore[call-overload]
    return None if any(amount is None for amount in known) else sum(known)
