"""Every commission of some books in exact fractions, as COMMISSIONS.md says it, and without a look at the SQL."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from tests.commissions.bases import Claim, Clients, attribute, key_of, rules_for, status_at, version_at
from tests.commissions.books import COMPONENTS, DECIMALS, Agreement, Books, Override, Period
from tests.commissions.rounding import in_bytes, largest_remainder, step_rate, tiered, trunc0

LineKey = tuple[str, str, str, int, str, str]
"""Agreement, rule, chain, period, validator, component."""

Finding = tuple[str, str | None, str | None, str, int, str | None, str | None]
"""Code, agreement, rule, chain, period, validator, component; None where it is about none in particular."""

BLOCKING = {
    "MISSING_DATA",
    "RECON_BREAK",
    "STAKERS_INCOMPLETE",
    "WEIGHT_GT_ONE",
    "POOL_OVER_ALLOCATED",
    "POOL_SPLIT_NOT_WHOLE",
    "OVERRIDE_STALE",
    "NOT_FINALIZED",
}

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Line:
    """A line: computed is what stands before an override, and None where nothing is computed."""

    computed: int | None
    final: int
    claim: Claim | None = None


@dataclass(slots=True)
class Pool:
    """A component, what is claimed of it, and what is left."""

    component: int | None
    claims: int

    @property
    def house(self) -> int | None:
        """What the operator keeps."""
        return None if self.component is None else self.component - self.claims


@dataclass(slots=True)
class Reference:
    """What the books come to."""

    lines: dict[LineKey, Line] = field(default_factory=dict)
    pools: dict[tuple[str, int, str, str], Pool] = field(default_factory=dict)
    findings: set[Finding] = field(default_factory=set)
    carries: dict[LineKey, int] = field(default_factory=dict)

    def codes(self, **about: Any) -> set[str]:
        """Codes of the findings that are about this."""
        names = ("code", "agreement_id", "rule_key", "chain_id", "period_id", "validator_key", "revenue_component")
        return {
            found[0]
            for found in self.findings
            if all(found[names.index(name)] == value for name, value in about.items())
        }


def compute(books: Books) -> Reference:
    """Every line, pool and finding of the books."""
    reference = Reference()
    periods = sorted(books.periods, key=lambda period: (period.ends_at or _LAST, period.chain, period.period_id))
    claims: list[Claim] = []
    for agreement in books.agreements:
        own = _claims_of(agreement, books, periods, reference)
        _rate(own)
        claims.extend(own)
    _split_pools(claims)
    for claim in claims:
        _note(claim, reference)
    _settle(claims, reference)
    _override(books, reference)
    _exceed(claims, reference)
    _pool(books, claims, reference)
    _block(books, claims, reference)
    return reference


def _claims_of(agreement: Agreement, books: Books, periods: list[Period], reference: Reference) -> list[Claim]:
    """What the agreement's rules in force apply to, periods in order of end."""
    clients = Clients(books)
    claims = []
    first = {chain: _begins(agreement, chain) for chain in DECIMALS}
    for period in periods:
        begins = first[period.chain]
        if begins is None or (period.starts_at is not None and period.starts_at < begins):
            continue
        about = (str(agreement.agreement_id), None, period.chain, period.period_id, None, None)
        status = status_at(agreement, period.starts_at)
        if period.starts_at is None or (period.ends_at is None and period.is_finalized):
            reference.findings.add(("MISSING_DATA", *about))
        if not period.is_finalized and status == "ACTIVE":
            reference.findings.add(("NOT_FINALIZED", *about))
        if status == "SUSPENDED":
            reference.findings.add(("AGREEMENT_SUSPENDED", *about))
        if status != "ACTIVE" or period.starts_at is None:
            continue
        version = version_at(agreement, period.starts_at)
        if version is None:
            reference.findings.add(("NO_ACTIVE_VERSION", *about))
            continue
        for cell in books.cells:
            if (cell.chain, cell.period_id) != (period.chain, period.period_id):
                continue
            for component in COMPONENTS:
                for rule in rules_for(version, cell.chain, cell.validator, component):
                    key = key_of(rule, cell.chain)
                    claim = Claim(agreement, version, rule, key, period, cell, component)
                    attribute(claim, clients)
                    claims.append(claim)
    return claims


def _begins(agreement: Agreement, chain: str) -> datetime | None:
    """Since when the agreement has something to say about a chain."""
    begins = [
        version.effective_from
        for version in agreement.versions
        if any(rule.chain in (None, chain) for rule in version.rules)
    ]
    return min(begins, default=None)


def _rate(claims: list[Claim]) -> None:
    """From bases to amounts, rule by rule, periods in order of end."""
    groups: dict[tuple[str, str, str, int], list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[str(claim.agreement.agreement_id), claim.rule_key, claim.cell.chain, claim.cell.period_id].append(claim)
    # What the rule came to before, in the month; None as soon as a period of it is not known.
    before: dict[tuple[str, str, str, Any], int | None] = defaultdict(int)
    for (agreement_id, rule_key, chain, _), group in groups.items():
        month = (agreement_id, rule_key, chain, _month(group[0].period))
        known = all(claim.withheld in (None, "NO_ACTIVE_STAKE") for claim in group)
        lines = [claim for claim in group if claim.attributed is not None]
        if not group[0].is_rule_wide:
            for claim in lines:
                claim.exact = (claim.attributed or 0) * Fraction(claim.rule.rate or 0, 10_000)
                claim.raw = trunc0(claim.exact)
        else:
            earlier = before[month] if group[0].rule.tier_basis == "CUMULATIVE_MONTH" else 0
            if known and earlier is not None:
                _rate_together(lines, earlier)
            else:
                for claim in lines:
                    claim.attributed, claim.withheld = None, "MISSING_DATA"
        spent = before[month]
        whole = sum(trunc0(claim.attributed or Fraction(0)) for claim in lines)
        before[month] = spent + whole if known and spent is not None else None


def _rate_together(lines: list[Claim], before: int) -> None:
    """Tiers, floor, cap and costs: one sum over the rule's lines of the period."""
    if not lines:
        return
    rule = lines[0].rule
    if lines[0].truncates_bases:
        for claim in lines:
            claim.attributed = Fraction(trunc0(claim.attributed or Fraction(0)))
    whole = sum((claim.attributed or Fraction(0) for claim in lines), Fraction(0))
    for claim in lines:
        base = claim.attributed or Fraction(0)
        if not rule.tiers:
            claim.exact = base * Fraction(rule.rate or 0, 10_000)
        elif whole == 0:
            claim.exact = base * Fraction(step_rate(before, rule.tiers), 10_000)
        else:
            mode = rule.tier_mode or ""
            together = tiered(before + int(whole), rule.tiers, mode) - tiered(before, rule.tiers, mode)
            claim.exact = together * base / whole
    exact = {in_bytes(claim.cell.validator, claim.component): claim.exact for claim in lines if claim.exact is not None}
    total = sum(exact.values(), Fraction(0))
    clamped = total
    if rule.floor is not None:
        clamped = max(clamped, Fraction(rule.floor))
    if rule.cap is not None:
        clamped = min(clamped, Fraction(rule.cap))
    if clamped == total and lines[0].version.basis != "NET":
        for claim in lines:
            claim.raw = trunc0(claim.exact or Fraction(0))
        return
    sign = 1 if clamped >= 0 else -1
    weights = {key: max(sign * amount, Fraction(0)) for key, amount in exact.items()}
    shares = largest_remainder(trunc0(clamped), weights)
    weighed = sum(weights.values(), Fraction(0))
    for claim in lines:
        key = in_bytes(claim.cell.validator, claim.component)
        claim.raw = shares[key]
        if clamped < total:
            claim.exact = clamped * weights[key] / weighed if weighed else clamped / len(lines)


def _split_pools(claims: list[Claim]) -> None:
    """Who shares a pool shares each component out whole."""
    pools: dict[tuple[Any, ...], list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.version.allocation_mode == "POOL_SPLIT":
            cell = claim.cell
            pools[claim.version.pool, cell.chain, cell.period_id, cell.validator, claim.component].append(claim)
    for sharing in pools.values():
        component = sharing[0].cell.components[sharing[0].component]
        if component is None:
            continue
        rates = {
            in_bytes(claim.agreement.partner, claim.agreement.name, claim.rule_key): Fraction(claim.rule.rate or 0)
            for claim in sharing
        }
        if sum(rates.values()) != 10_000:
            for claim in sharing:
                claim.notes.add("POOL_SPLIT_NOT_WHOLE")
            continue
        shares = largest_remainder(component, rates)
        for claim in sharing:
            claim.raw = shares[in_bytes(claim.agreement.partner, claim.agreement.name, claim.rule_key)]


def _note(claim: Claim, reference: Reference) -> None:
    for code in claim.notes | ({claim.withheld} if claim.withheld else set()):
        reference.findings.add((code, *_key(claim)))


def _settle(claims: list[Claim], reference: Reference) -> None:
    """The negative policy, stream by stream, periods in order of end."""
    carries: dict[tuple[str, ...], int] = defaultdict(int)
    for claim in claims:
        if claim.raw is None:
            continue
        key = _key(claim)
        stream = (*key[:3], *key[4:])
        amount = claim.raw
        if claim.version.negative_policy == "FLOOR_AT_ZERO":
            amount = max(0, amount)
        elif claim.version.negative_policy == "CARRY_FORWARD":
            balance = carries[stream] + amount
            amount, carries[stream] = max(0, balance), min(0, balance)
            reference.carries[key] = carries[stream]
        reference.lines[key] = Line(computed=amount, final=amount, claim=claim)


def _override(books: Books, reference: Reference) -> None:
    for override in books.overrides:
        key = _override_key(override)
        line = reference.lines.setdefault(key, Line(computed=None, final=override.amount))
        line.final = override.amount
        if line.computed != override.computed:
            reference.findings.add(("OVERRIDE_STALE", *key))


def _exceed(claims: list[Claim], reference: Reference) -> None:
    """A payout is what is paid in the end, also where an override alone makes the line."""
    for claim in claims:
        line = reference.lines.get(_key(claim))
        if line is None or claim.rule.base_source != "CLIENT_REWARDS" or claim.client_commission is None:
            continue
        if line.final > claim.client_commission:
            reference.findings.add(("PAYOUT_EXCEEDS_REVENUE", *_key(claim)))


def _pool(books: Books, claims: list[Claim], reference: Reference) -> None:
    """What is claimed of each component, and whether it is more than there is."""
    exact: dict[tuple[str, int, str, str], Fraction] = defaultdict(Fraction)
    claiming: dict[tuple[str, int, str, str], set[str]] = defaultdict(set)
    for claim in claims:
        claiming[_key(claim)[2:]].add(_key(claim)[0])
        if claim.exact is not None and claim.rule.base_source != "CLIENT_REWARDS":
            exact[_key(claim)[2:]] += claim.exact
    claimed: dict[tuple[str, int, str, str], int] = defaultdict(int)
    for line_key, line in reference.lines.items():
        claimed[line_key[2:]] += line.final
    for cell in books.cells:
        for component in COMPONENTS:
            key = (cell.chain, cell.period_id, cell.validator, component)
            amount = cell.components[component]
            reference.pools[key] = Pool(amount, claimed[key])
            if amount is not None and amount >= 0 and exact[key] > amount:
                reference.findings |= {
                    ("POOL_OVER_ALLOCATED", agreement_id, None, *key) for agreement_id in claiming[key]
                }


def _block(books: Books, claims: list[Claim], reference: Reference) -> None:
    """What about a cell concerns everybody who has a claim or a line on it."""
    concerned = {(key[0], *key[2:5]) for key in [*map(_key, claims), *reference.lines]}
    breaks = {
        (disagreement.cell.chain, disagreement.cell.period_id, disagreement.cell.validator)
        for disagreement in books.disagreements
        if abs(disagreement.second - disagreement.first) > disagreement.tolerance
    }
    incomplete = {
        (cell.chain, cell.period_id, cell.validator) for cell in books.cells if None in cell.components.values()
    }
    unfinished = {(period.chain, period.period_id) for period in books.periods if not period.is_finalized}
    for agreement_id, *place in concerned:
        chain, period_id, validator = place
        if (chain, period_id, validator) in breaks:
            reference.findings.add(("RECON_BREAK", agreement_id, None, chain, period_id, validator, None))
        if (chain, period_id, validator) in incomplete:
            reference.findings.add(("MISSING_DATA", agreement_id, None, chain, period_id, validator, None))
        if (chain, period_id) in unfinished:
            reference.findings.add(("NOT_FINALIZED", agreement_id, None, chain, period_id, None, None))


def _key(claim: Claim) -> LineKey:
    cell = claim.cell
    agreement_id: UUID = claim.agreement.agreement_id
    return (str(agreement_id), claim.rule_key, cell.chain, cell.period_id, cell.validator, claim.component)


def _override_key(override: Override) -> LineKey:
    return (
        str(override.agreement.agreement_id),
        override.rule_key,
        override.chain,
        override.period_id,
        override.validator,
        override.component,
    )


def _month(period: Period) -> tuple[int, int]:
    """The statement month: that of the end less one microsecond; until the end is known, that of the start."""
    last = period.ends_at - timedelta(microseconds=1) if period.ends_at else period.starts_at
    assert last is not None
    return last.year, last.month
