"""How the books of a test get into a warehouse: rows in the place of what the models before commissions would make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import uuid5

import psycopg

from aurora.warehouse.connection import connect
from tests.commissions.books import (
    COMPONENTS,
    Agreement,
    Books,
    Cell,
    Disagreement,
    Override,
    Version,
    Wallet,
    native,
    partner_id,
)

_COLUMNS = {
    "EXEC_FEES": "exec_fees_native",
    "MEV_TIPS": "mev_tips_native",
    "VOTE_REWARDS": "vote_rewards_native",
    "COMMISSION": "commission_native",
}


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
        for table in ("periods", "stake_rewards", "validator_meta", "staker_sets", "reconciliation"):
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
                (c.chain, c.period_id, c.validator, kind, "recorded", native(amount, c.chain))
                for c in books.cells
                for kind, amount in _other_lines(c)
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
                if c.chain == "solana"
            ),
        )
        _insert(
            connection,
            "canonical.reconciliation",
            "chain_id, period_id, validator_key, metric, provider_a, provider_b, value_a, value_b, difference,"
            " tolerance, is_within_tolerance",
            (_disagreement_row(disagreement) for disagreement in books.disagreements),
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
    income = native(cell.other_income, cell.chain)
    total = sum(known, income or Decimal(0)) if not missing else None
    return (
        cell.chain,
        cell.period_id,
        cell.validator,
        *amounts,
        income,
        total,
        Decimal(0),
        cost,
        cost,
        is_finalized,
        not missing,
        missing,
    )


def _other_lines(cell: Cell) -> Iterator[tuple[str, int]]:
    yield from ((kind, -amount) for kind, amount in cell.costs.items())
    if cell.other_income:
        yield "OTHER_INCOME", cell.other_income


def _disagreement_row(disagreement: Disagreement) -> tuple[object, ...]:
    cell, first, second = disagreement.cell, disagreement.first, disagreement.second
    amounts = (first, second, second - first, disagreement.tolerance)
    return (
        cell.chain,
        cell.period_id,
        cell.validator,
        "total_fees_native",
        "first",
        "second",
        *(native(amount, cell.chain) for amount in amounts),
        abs(second - first) <= disagreement.tolerance,
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
            native(sum(known), cell.chain) if cell.are_rewards_known and len(known) == len(rewards) else None,
            native(cell.components.get("COMMISSION"), cell.chain),
            native(cell.active_stake, cell.chain),
            False,
            "test",
        )


def _insert(connection: psycopg.Connection[Any], table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
    marks = ", ".join(["%s"] * len(columns.split(",")))
    with connection.cursor() as cursor:
        cursor.executemany(f"insert into {table} ({columns}) values ({marks})".encode(), list(rows))
