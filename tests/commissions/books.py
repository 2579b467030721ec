"""Books of a test: what validators earned, who stakes with them and what is agreed, and how it gets into a warehouse.

Amounts are whole base units. `Books` knows nothing of how a commission is computed: `reference.py` does that, in exact
fractions, and dbt does it in SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import psycopg

from aurora.warehouse.connection import connect

COMPONENTS = ("EXEC_FEES", "MEV_TIPS", "VOTE_REWARDS", "COMMISSION")
DECIMALS = {"solana": 9, "ethereum": 18}
_COLUMNS = {
    "EXEC_FEES": "exec_fees_native",
    "MEV_TIPS": "mev_tips_native",
    "VOTE_REWARDS": "vote_rewards_native",
    "COMMISSION": "commission_native",
}
_NAMES = UUID("6b7c64b0-8f6f-4f6e-8f0a-1c1c7a3f1a51")


@dataclass(frozen=True, slots=True)
class Period:
    """A period of a chain."""

    chain: str
    period_id: int
    starts_at: datetime
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
    active_stake: int | None = None
    is_listed: bool = True
    is_staker_set_complete: bool = True


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
class Books:
    """All of it."""

    periods: list[Period] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    stakers: list[Staker] = field(default_factory=list)
    wallets: list[Wallet] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)


def epochs(first: int, count: int, *, starts_at: datetime, hours: int = 48) -> list[Period]:
    """Solana epochs, one after the other."""
    length = timedelta(hours=hours)
    return [
        Period("solana", first + number, starts_at + number * length, starts_at + (number + 1) * length)
        for number in range(count)
    ]


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


@contextmanager
def unguarded(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Without the triggers that keep what is recorded: only a test may begin anew."""
    tables = [
        row[0]
        for row in connection.execute(
            "select distinct tgrelid::regclass::text from pg_trigger where not tgisinternal"
            " and tgrelid in (select oid from pg_class where relnamespace = 'app'::regnamespace)"
        ).fetchall()
    ]
    for table in tables:
        connection.execute(f"alter table {table} disable trigger user".encode())
    yield
    for table in tables:
        connection.execute(f"alter table {table} enable trigger user".encode())


def write_revenue(url: str, books: Books, *, touch: bool = False) -> None:
    """Put periods, cells and stakers in place of what is there; ``touch`` the periods for an incremental build."""
    with connect(url) as connection:
        for table in ("periods", "stake_rewards", "validator_meta", "staker_sets"):
            connection.execute(f"truncate canonical.{table}".encode())
        connection.execute("truncate computation.validator_revenue")
        connection.execute("truncate computation.validator_other_lines")
        connection.execute("truncate intermediate.int_validator_periods")
        _insert(
            connection,
            "intermediate.int_validator_periods",
            "chain_id, period_id, validator_key",
            ((cell.chain, cell.period_id, cell.validator) for cell in books.cells),
        )
        _insert(
            connection,
            "canonical.periods",
            "chain_id, period_id, period_type, starts_at, ends_at, is_finalized",
            (
                (
                    p.chain,
                    p.period_id,
                    "EPOCH" if p.chain == "solana" else "DAY",
                    p.starts_at,
                    p.ends_at,
                    p.is_finalized,
                )
                for p in books.periods
            ),
        )
        finalized = {(p.chain, p.period_id): p.is_finalized for p in books.periods}
        _insert(
            connection,
            "computation.validator_revenue",
            f"chain_id, period_id, validator_key, {', '.join(_COLUMNS.values())}, other_income_native,"
            " total_revenue_native, vote_cost_native, other_cost_native, total_cost_native, is_finalized, is_complete,"
            " missing_data_types",
            (_revenue_row(cell, finalized[cell.chain, cell.period_id]) for cell in books.cells),
        )
        _insert(
            connection,
            "computation.validator_other_lines",
            "chain_id, period_id, validator_key, line_type, source, amount_native",
            (
                (c.chain, c.period_id, c.validator, kind, "recorded", -(native(amount, c.chain) or 0))
                for c in books.cells
                for kind, amount in c.costs.items()
            ),
        )
        _insert(
            connection,
            "canonical.validator_meta",
            "chain_id, period_id, validator_key, active_stake_native, status, source_provider",
            (
                (c.chain, c.period_id, c.validator, native(c.active_stake, c.chain), "ACTIVE", "test")
                for c in books.cells
            ),
        )
        listed = {
            (c.chain, c.period_id, c.validator): sum(
                s.active_stake or 0
                for s in books.stakers
                if (s.chain, s.period_id, s.validator) == (c.chain, c.period_id, c.validator)
            )
            if c.is_listed
            else None
            for c in books.cells
        }
        _insert(
            connection,
            "canonical.staker_sets",
            "chain_id, period_id, validator_key, staker_count, is_complete, listed_stake_native, active_stake_native",
            (
                (
                    c.chain,
                    c.period_id,
                    c.validator,
                    0,
                    c.is_staker_set_complete,
                    native(listed[c.chain, c.period_id, c.validator], c.chain),
                    native(c.active_stake, c.chain),
                )
                for c in books.cells
            ),
        )
        _insert(
            connection,
            "canonical.stake_rewards",
            "chain_id, period_id, validator_key, staker_key, staker_address, withdrawer_address, rewards_native,"
            " commission_native, active_stake_native, is_self_stake, source_provider",
            [*_staker_rows(books), *_aggregate_rows(books)],
        )
        if touch:
            connection.execute(
                "insert into ops.touched_periods (chain_id, data_type, period_id, run_id)"
                " select chain_id, 'TEST', period_id, 'test' from canonical.periods"
            )


def write_agreements(url: str, books: Books) -> None:
    """Record partners, wallets, agreements and overrides in place of what is there."""
    with connect(url) as connection:
        with unguarded(connection):
            connection.execute(
                "truncate app.statement_lines, app.statements, app.commission_overrides, app.agreement_statuses,"
                " app.agreement_rule_tiers, app.agreement_rules, app.agreement_versions, app.agreements,"
                " app.partner_wallets, app.partner_minimum_payouts, app.partners, app.touched_agreements,"
                " app.reconciliation_acceptances, app.operating_costs, app.prices cascade"
            )
        names = {a.partner for a in books.agreements} | {w.partner for w in books.wallets}
        _insert(connection, "app.partners", "partner_id, name", ((partner_id(name), name) for name in sorted(names)))
        for agreement in books.agreements:
            record_agreement(connection, agreement)
        record_wallets(connection, books.wallets)
        record_overrides(connection, books.overrides)


def record_wallets(connection: psycopg.Connection[Any], wallets: Iterable[Wallet]) -> None:
    """Record wallets of partners that are there."""
    _insert(
        connection,
        "app.partner_wallets",
        "partner_id, chain_id, address, kind, valid_from, valid_until",
        ((partner_id(w.partner), w.chain, w.address, w.kind, w.valid_from, w.valid_until) for w in wallets),
    )


def record_overrides(connection: psycopg.Connection[Any], overrides: Iterable[Override]) -> None:
    """Record overrides."""
    _insert(
        connection,
        "app.commission_overrides",
        "agreement_id, rule_key, chain_id, period_id, validator_key, revenue_component, override_amount_native,"
        " computed_amount_native, reason, recorded_by",
        (
            (
                o.agreement.agreement_id,
                o.rule_key,
                o.chain,
                o.period_id,
                o.validator,
                o.component,
                native(o.amount, o.chain),
                native(o.computed, o.chain),
                "agreed",
                "test",
            )
            for o in overrides
        ),
    )


def record_agreement(connection: psycopg.Connection[Any], agreement: Agreement) -> None:
    """Record an agreement with its versions and statuses."""
    connection.execute(
        "insert into app.agreements (agreement_id, partner_id, name) values (%s, %s, %s)",
        (agreement.agreement_id, partner_id(agreement.partner), agreement.name),
    )
    for number, version in enumerate(agreement.versions, 1):
        record_version(connection, agreement, version, number)
    _insert(
        connection,
        "app.agreement_statuses",
        "agreement_id, status, effective_from",
        ((agreement.agreement_id, status, since) for status, since in agreement.statuses),
    )


def record_version(connection: psycopg.Connection[Any], agreement: Agreement, version: Version, number: int) -> None:
    """Record a version with its rules."""
    version_id = uuid5(agreement.agreement_id, str(number))
    _insert(
        connection,
        "app.agreement_versions",
        "version_id, agreement_id, agreement_version, effective_from, effective_until, stacking, allocation_mode, pool,"
        " basis, net_costs, negative_policy, clawback_months",
        [
            (
                version_id,
                agreement.agreement_id,
                number,
                version.effective_from,
                version.effective_until,
                version.stacking,
                version.allocation_mode,
                version.pool,
                version.basis,
                list(version.net_costs),
                version.negative_policy,
                version.clawback_months,
            )
        ],
    )
    for place, rule in enumerate(version.rules, 1):
        chain = rule.chain or "solana"
        _insert(
            connection,
            "app.agreement_rules",
            "version_id, rule_number, rule_key, rule_order, chain_id, validator_key, revenue_component,"
            " attribution_method, base_source, commission_rate_bps, tier_mode, tier_basis, floor_amount_native,"
            " cap_amount_native",
            [
                (
                    version_id,
                    place,
                    rule.key,
                    rule.order or place,
                    rule.chain,
                    rule.validator,
                    rule.component,
                    rule.method,
                    rule.base_source,
                    rule.rate,
                    rule.tier_mode,
                    rule.tier_basis,
                    native(rule.floor, chain),
                    native(rule.cap, chain),
                )
            ],
        )
        _insert(
            connection,
            "app.agreement_rule_tiers",
            "version_id, rule_number, from_native, commission_rate_bps",
            ((version_id, place, native(start, chain), rate) for start, rate in rule.tiers),
        )


def _revenue_row(cell: Cell, is_finalized: bool) -> tuple[object, ...]:
    amounts = [native(cell.components.get(name), cell.chain) for name in COMPONENTS]
    known = [amount for amount in amounts if amount is not None]
    missing = [] if len(known) == len(amounts) else ["FEES"]
    cost = native(sum(cell.costs.values()), cell.chain)
    total = sum(known, Decimal(0)) if not missing else None
    return (
        cell.chain,
        cell.period_id,
        cell.validator,
        *amounts,
        Decimal(0),
        total,
        Decimal(0),
        cost,
        cost,
        is_finalized,
        not missing,
        missing,
    )


def _staker_rows(books: Books) -> Iterator[tuple[object, ...]]:
    for staker in books.stakers:
        yield (
            staker.chain,
            staker.period_id,
            staker.validator,
            staker.staker,
            staker.staker,
            staker.withdrawer,
            native(staker.reward, staker.chain),
            native(staker.commission, staker.chain),
            native(staker.active_stake, staker.chain),
            False,
            "test",
        )


def _aggregate_rows(books: Books) -> Iterator[tuple[object, ...]]:
    for cell in books.cells:
        place = (cell.chain, cell.period_id, cell.validator)
        rewards = [s.reward for s in books.stakers if (s.chain, s.period_id, s.validator) == place]
        known = [reward for reward in rewards if reward is not None]
        yield (
            *place,
            "*",
            None,
            None,
            native(sum(known), cell.chain) if len(known) == len(rewards) else None,
            native(cell.components.get("COMMISSION"), cell.chain),
            native(cell.active_stake, cell.chain),
            False,
            "test",
        )


def _insert(connection: psycopg.Connection[Any], table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
    marks = ", ".join(["%s"] * len(columns.split(",")))
    with connection.cursor() as cursor:
        cursor.executemany(f"insert into {table} ({columns}) values ({marks})".encode(), list(rows))
