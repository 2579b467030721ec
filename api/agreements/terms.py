"""Partners, their wallets and agreements, as a file states them and as the database has them in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

COMPONENTS = ("EXEC_FEES", "MEV_TIPS", "VOTE_REWARDS", "COMMISSION")
ALL = "ALL"
METHODS = ("FIXED_SHARE", "STAKE_WEIGHT", "CLIENT_REVENUE")
STACKINGS = ("EXCLUSIVE", "ADDITIVE")
ALLOCATION_MODES = ("INDEPENDENT", "POOL_SPLIT")
BASES = ("GROSS", "NET")
NEGATIVE_POLICIES = ("PASS_THROUGH", "FLOOR_AT_ZERO", "CARRY_FORWARD")
NET_COSTS = ("VOTE_COSTS", "PRIORITY_FEES_SHARED", "NETWORK_FEES", "INFRA_COSTS", "OTHER_COSTS")
BASE_SOURCES = ("VALIDATOR_REVENUE", "CLIENT_REWARDS")
TIER_MODES = ("MARGINAL", "WHOLE")
TIER_BASES = ("PERIOD", "CUMULATIVE_MONTH")
STATUSES = ("DRAFT", "ACTIVE", "SUSPENDED", "TERMINATED")
WHOLE_BPS = 10_000


@dataclass(frozen=True, slots=True)
class Step:
    """From this base on, inclusive, this rate."""

    from_native: Decimal
    commission_rate_bps: int


@dataclass(frozen=True, slots=True)
class Tiers:
    """Rates that depend on how large a base is."""

    mode: str
    basis: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What part of which component is owed. A `rule_key` of None is the default one, a `chain` of None every chain."""

    rule_order: int
    component: str
    method: str
    chain: str | None = None
    validator: str | None = None
    rule_key: str | None = None
    base_source: str = BASE_SOURCES[0]
    commission_rate_bps: int | None = None
    tiers: Tiers | None = None
    floor_native: Decimal | None = None
    cap_native: Decimal | None = None

    def default_key(self, chain: str) -> str:
        """The key that the rule has on a chain where it names none."""
        return f"{chain}/{self.validator or '*'}/{self.component}/{self.method}"

    def key_on(self, chain: str) -> str:
        """The key that the rule has on a chain."""
        return self.rule_key or self.default_key(chain)

    def keys(self, chains: Iterable[str]) -> tuple[str, ...]:
        """Every key that the rule has, on its chain or on each of all."""
        if self.rule_key is not None:
            return (self.rule_key,)
        return tuple(self.default_key(chain) for chain in ([self.chain] if self.chain else chains))

    @property
    def components(self) -> tuple[str, ...]:
        """The components that it gives lines for."""
        return COMPONENTS if self.component == ALL else (self.component,)

    @property
    def highest_rate_bps(self) -> int:
        """Its rate, or the highest of its steps."""
        if self.tiers is not None:
            return max((step.commission_rate_bps for step in self.tiers.steps), default=0)
        return self.commission_rate_bps or 0

    @property
    def shows_as(self) -> str:
        """Its key for people, with a star for every chain."""
        return self.key_on(self.chain or "*")

    def matches(self, chain: str, validator: str | None, component: str) -> bool:
        """Whether it is for this cell; a validator of None is any that no rule names."""
        return self.chain in (None, chain) and self.validator in (None, validator) and component in self.components


def in_order(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Rules in the one order in which they are recorded, compared and exported."""
    return tuple(
        sorted(
            rules,
            key=lambda rule: (
                rule.rule_order,
                rule.chain or "",
                rule.validator or "",
                rule.component,
                rule.method,
                rule.rule_key or "",
            ),
        )
    )


def winner(rules: Sequence[Rule]) -> Rule:
    """Of the rules that match a cell, the one that counts under EXCLUSIVE."""
    return min(
        rules, key=lambda rule: (rule.validator is None, rule.chain is None, rule.component == ALL, rule.rule_order)
    )


@dataclass(frozen=True, slots=True)
class Version:
    """Terms for a time, half-open."""

    effective_from: datetime
    rules: tuple[Rule, ...]
    effective_until: datetime | None = None
    stacking: str = STACKINGS[0]
    allocation_mode: str = ALLOCATION_MODES[0]
    pool: str | None = None
    basis: str = BASES[0]
    net_costs: tuple[str, ...] = ()
    negative_policy: str = NEGATIVE_POLICIES[0]
    clawback_months: int | None = None

    def holds_at(self, at: datetime) -> bool:
        """Whether it is in force at an instant."""
        return self.effective_from <= at and (self.effective_until is None or at < self.effective_until)

    def rules_for(self, chain: str, validator: str | None, component: str) -> tuple[Rule, ...]:
        """The rules that give a line for a cell."""
        matching = [rule for rule in self.rules if rule.matches(chain, validator, component)]
        if self.stacking == "EXCLUSIVE" and matching:
            return (winner(matching),)
        return tuple(matching)


@dataclass(frozen=True, slots=True)
class Status:
    """The status of an agreement from an instant on."""

    status: str
    effective_from: datetime


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is agreed. `statuses` of None: the file does not say."""

    name: str
    versions: tuple[Version, ...]
    statuses: tuple[Status, ...] | None = None

    def is_active_at(self, at: datetime) -> bool:
        """Whether it earns at an instant: always where no status is on record, as a draft before the first of them."""
        if not self.statuses:
            return True
        before = [status for status in self.statuses if status.effective_from <= at]
        return bool(before) and max(before, key=lambda status: status.effective_from).status == "ACTIVE"


@dataclass(frozen=True, slots=True)
class Wallet:
    """A client's address of a partner, for a time, half-open."""

    chain: str
    address: str
    kind: str
    valid_from: datetime
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner as a file states it; what is None the file does not say. An email of "" is none."""

    name: str
    email: str | None = None
    minimum_payouts: dict[str, Decimal] | None = None
    wallets: tuple[Wallet, ...] | None = None
    agreements: tuple[Agreement, ...] | None = None


def overlap(one_from: datetime, one_until: datetime | None, other_from: datetime, other_until: datetime | None) -> bool:
    """Whether two half-open times have an instant in common."""
    return (other_until is None or one_from < other_until) and (one_until is None or other_from < one_until)
