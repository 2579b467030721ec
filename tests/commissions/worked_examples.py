"""What the worked examples need to stand in one set of books, and to be answered by the reference and by dbt alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Any

from tests.commissions.books import (
    COMPONENTS,
    Agreement,
    Books,
    Cell,
    Override,
    Period,
    Rule,
    Staker,
    Version,
    Wallet,
    epochs,
    instant,
)
from tests.commissions.conftest import Computed
from tests.commissions.reference import BLOCKING, Reference
from tests.commissions.rounding import trunc0

LONG_AGO = instant("2020-01-01")


@dataclass(frozen=True, slots=True)
class LineFound:
    """A line, in base units."""

    final: int
    computed: int | None
    version: int | None
    exact: Fraction | None
    base: int | None
    weight: Fraction | None
    attributed: int | None
    attribution_basis: str | None


Codes = Callable[..., set[str]]
"""Codes of the diagnostics that are about what is asked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """An answer: the reference's or dbt's."""

    lines: dict[tuple[Any, ...], LineFound]
    houses: dict[tuple[Any, ...], int | None]
    codes: Codes
    blocking: Codes
    profits: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    profit_lines: dict[tuple[Any, ...], dict[str, int]] = field(default_factory=dict)


Check = Callable[[Found], None]


@dataclass(slots=True)
class Example:
    """A worked example in its own place of the books: epochs, validators and partners that no other has."""

    name: str
    number: int
    given: dict[str, Any]
    expected: dict[str, Any]
    books: Books
    opens_at: datetime = LONG_AGO
    _epochs: list[Period] = field(default_factory=list)

    def epochs(self, count: int = 1, starts_at: datetime | None = None, hours: int = 48) -> list[Period]:
        """Epochs of its own, in a month of its own."""
        self.opens_at = starts_at or instant(f"{2030 + self.number // 12}-{self.number % 12 + 1:02}-02")
        self._epochs = epochs(1000 + 10 * self.number, count, starts_at=self.opens_at, hours=hours)
        self.books.periods.extend(self._epochs)
        return self._epochs

    def cell(self, amounts: dict[str, int | None], validator: str = "val", at: int = 0, **more: Any) -> Cell:
        """What a validator earned; the components that are not named are zero."""
        components = dict.fromkeys(COMPONENTS, 0) | amounts
        cell = Cell("solana", self._epochs[at].period_id, self.key(validator), components, **more)
        self.books.cells.append(cell)
        return cell

    def key(self, name: str) -> str:
        """A name that no other example has."""
        return f"{self.name}/{name}"

    def stakers(self, cell: Cell, **accounts: dict[str, int]) -> None:
        """The accounts that stake with a validator, by name."""
        for name, known in accounts.items():
            key = self.key(name)
            self.books.stakers.append(Staker(cell.chain, cell.period_id, cell.validator, key, f"{key}'s", **known))

    def wallet(
        self, account: str, partner: str = "P", since: datetime = LONG_AGO, until: datetime | None = None
    ) -> None:
        """A client's stake account."""
        key = self.key(account)
        self.books.wallets.append(Wallet(self.key(partner), "solana", key, "stake_account", since, until))

    def agree(
        self,
        *rules: Rule,
        partner: str = "P",
        statuses: list[tuple[str, datetime]] | None = None,
        **terms: Any,
    ) -> Agreement:
        """An agreement of one version, in force for the example's epochs alone."""
        until = self._epochs[-1].ends_at or self._epochs[-1].starts_at + timedelta(days=2)
        version = Version(self.opens_at, list(rules), until, **terms)
        return self.agree_on([version], partner, statuses)

    def agree_on(
        self, versions: list[Version], partner: str = "P", statuses: list[tuple[str, datetime]] | None = None
    ) -> Agreement:
        """An agreement."""
        agreement = Agreement(self.key(partner), "agreement", versions, statuses or [])
        self.books.agreements.append(agreement)
        return agreement

    def override(self, agreement: Agreement, rule_key: str, component: str, amount: int, computed: int) -> None:
        """What a line of its first epoch is, whatever is computed."""
        self.books.overrides.append(
            Override(
                agreement, rule_key, "solana", self._epochs[0].period_id, self.key("val"), component, amount, computed
            )
        )

    def lines(self, found: Found, *by: str) -> dict[Any, LineFound]:
        """Its lines, by what tells them apart: partner, rule, epoch, validator, component."""
        partners = {str(a.agreement_id): a.partner.removeprefix(f"{self.name}/") for a in self.books.agreements}
        lines = {}
        for (agreement_id, rule_key, _, period_id, validator, component), line in found.lines.items():
            if validator.startswith(f"{self.name}/"):
                place = {
                    "partner": partners[agreement_id],
                    "rule": rule_key,
                    "epoch": period_id - self._epochs[0].period_id,
                    "validator": validator.removeprefix(f"{self.name}/"),
                    "component": component,
                }
                key = tuple(place[name] for name in by)
                assert key not in lines, f"{by} do not tell the lines of {self.name} apart"
                lines[key[0] if len(key) == 1 else key] = line
        return lines

    def amounts(self, found: Found, *by: str) -> dict[Any, int]:
        """What its lines come to."""
        return {key: line.final for key, line in self.lines(found, *by).items()}

    def only(self, found: Found) -> LineFound:
        """Its only line."""
        [line] = self.lines(found, "partner", "rule", "epoch", "validator", "component").values()
        return line

    def house(self, found: Found, component: str, validator: str = "val", at: int = 0) -> int | None:
        """What the operator keeps."""
        return found.houses["solana", self._epochs[at].period_id, self.key(validator), component]

    def codes(self, found: Found, at: int = 0) -> set[str]:
        """Everything that is found about an epoch of its own."""
        return self._about(found.codes, at)

    def may_be_approved(self, found: Found) -> bool:
        """Whether nothing keeps the statements of its epochs from approval."""
        return not any(self._about(found.blocking, at) for at in range(len(self._epochs)))

    def _about(self, codes: Codes, at: int) -> set[str]:
        own = [str(a.agreement_id) for a in self.books.agreements if a.partner.startswith(f"{self.name}/")]
        period_id = self._epochs[at].period_id
        return set().union(*(codes(period_id=period_id, agreement_id=agreement) for agreement in (None, *own)))


def of_reference(reference: Reference) -> Found:
    """The reference's answer."""
    lines = {}
    for key, line in reference.lines.items():
        claim = line.claim
        lines[key] = LineFound(
            line.final,
            line.computed,
            claim and claim.agreement.versions.index(claim.version) + 1,
            claim and claim.exact,
            trunc0(claim.base) if claim and claim.base is not None else None,
            claim and claim.weight,
            trunc0(claim.attributed) if claim and claim.attributed is not None else None,
            claim and claim.attribution_basis,
        )
    houses = {key: pool.house for key, pool in reference.pools.items()}
    return Found(lines, houses, reference.codes, lambda **about: reference.codes(**about) & BLOCKING)


def of_dbt(computed: Computed, **profits: dict[tuple[Any, ...], Any]) -> Found:
    """The models' answer."""
    lines = {
        key: LineFound(
            row["final_amount"],
            row["pre_override_amount"],
            row["agreement_version"],
            computed.exact.get(key),
            row["base_amount"],
            None
            if row["weight_denominator"] is None
            else Fraction(int(row["weight_numerator"]), int(row["weight_denominator"])),
            row["attributed_amount"],
            row["attribution_basis"],
        )
        for key, row in computed.lines.items()
    }
    houses = {key: row["house"] for key, row in computed.pools.items()}
    return Found(lines, houses, computed.codes, partial(computed.codes, is_blocking=True), **profits)
