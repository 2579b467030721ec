"""Books of a test: what validators earned, who stakes with them and what is agreed.

Amounts are whole base units. `Books` knows nothing of how a commission is computed: `reference.py` does that, in exact
fractions, and dbt does it in SQL. `recording.py` puts them into a warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

COMPONENTS = ("EXEC_FEES", "MEV_TIPS", "VOTE_REWARDS", "COMMISSION")
DECIMALS = {"solana": 9, "ethereum": 18}
_NAMES = UUID("6b7c64b0-8f6f-4f6e-8f0a-1c1c7a3f1a51")


@dataclass(frozen=True, slots=True)
class Period:
    """A period of a chain."""

    chain: str
    period_id: int
    starts_at: datetime | None
    ends_at: datetime | None
    is_finalized: bool = True


@dataclass(slots=True)
class Cell:
    """What a validator earned in a period; None is not known. Costs are positive."""

    chain: str
    period_id: int
    validator: str
    components: dict[str, int | None]
    costs: dict[str, int] = field(default_factory=dict)
    other_income: int = 0
    active_stake: int | None = None
    is_listed: bool = True
    is_staker_set_complete: bool = True
    are_rewards_known: bool = True
    """False where accounts that nobody listed may have had some: what all of them earned is not known."""


@dataclass(slots=True)
class Staker:
    """A stake account of a validator in a period."""

    chain: str
    period_id: int
    validator: str
    staker: str
    withdrawer: str
    active_stake: int | None = None
    reward: int | None = 0
    commission: int | None = 0


@dataclass(slots=True)
class Wallet:
    """A client's address."""

    partner: str
    chain: str
    address: str
    kind: str
    valid_from: datetime
    valid_until: datetime | None = None


@dataclass(slots=True)
class Rule:
    """A rule of a version; tiers are steps of (from, rate)."""

    component: str
    method: str = "FIXED_SHARE"
    rate: int | None = None
    chain: str | None = "solana"
    validator: str | None = None
    key: str | None = None
    order: int | None = None
    base_source: str = "VALIDATOR_REVENUE"
    tier_mode: str | None = None
    tier_basis: str | None = None
    tiers: list[tuple[int, int]] = field(default_factory=list)
    floor: int | None = None
    cap: int | None = None


@dataclass(slots=True)
class Version:
    """Terms for a time."""

    effective_from: datetime
    rules: list[Rule]
    effective_until: datetime | None = None
    stacking: str = "EXCLUSIVE"
    allocation_mode: str = "INDEPENDENT"
    pool: str | None = None
    basis: str = "GROSS"
    net_costs: tuple[str, ...] = ()
    negative_policy: str = "PASS_THROUGH"
    clawback_months: int | None = None


@dataclass(slots=True)
class Agreement:
    """What is agreed with a partner."""

    partner: str
    name: str
    versions: list[Version]
    statuses: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def agreement_id(self) -> UUID:
        """The same in every run."""
        return uuid5(_NAMES, f"{self.partner}/{self.name}")


@dataclass(slots=True)
class Override:
    """What a line is, whatever is computed."""

    agreement: Agreement
    rule_key: str
    chain: str
    period_id: int
    validator: str
    component: str
    amount: int
    computed: int | None


@dataclass(slots=True)
class Disagreement:
    """Two providers that told a number of a cell apart."""

    cell: Cell
    first: int
    second: int
    tolerance: int


@dataclass(slots=True)
class Books:
    """All of it."""

    periods: list[Period] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    stakers: list[Staker] = field(default_factory=list)
    wallets: list[Wallet] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)
    disagreements: list[Disagreement] = field(default_factory=list)


def epochs(first: int, count: int, *, starts_at: datetime, hours: int = 48) -> list[Period]:
    """Solana epochs, one after the other."""
    length = timedelta(hours=hours)
    return [
        Period("solana", first + number, starts_at + number * length, starts_at + (number + 1) * length)
        for number in range(count)
    ]


def days(first: datetime, count: int) -> list[Period]:
    """Days of Ethereum, one after the other."""
    starts = [first + timedelta(days=number) for number in range(count)]
    return [Period("ethereum", int(start.strftime("%Y%m%d")), start, start + timedelta(days=1)) for start in starts]


def instant(text: str) -> datetime:
    """An ISO date or instant, UTC."""
    return (
        datetime.fromisoformat(text).astimezone(UTC)
        if "T" in text
        else datetime.fromisoformat(text + "T00:00:00+00:00")
    )


def native(amount: int | None, chain: str) -> Decimal | None:
    """Base units in the native unit, exactly."""
    return None if amount is None else Decimal(amount).scaleb(-DECIMALS[chain])


def partner_id(name: str) -> UUID:
    """The same in every run."""
    return uuid5(_NAMES, name)
