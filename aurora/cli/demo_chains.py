"""What ``aurora demo`` prints of each simulated chain, and how it holds it against the chain's ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aurora.periods import PeriodRange
    from aurora.sandbox import SandboxServer

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class DemoChain:
    """One chain of the demo. ``cells`` are columns of the P&L and what the ledger calls them."""

    chain_id: str
    name: str
    unit: str
    base_unit: str
    decimals: int
    periods: PeriodRange
    truth: Callable[[int], Mapping[str, Any]]
    cells: tuple[tuple[str, str], ...]
    shown: tuple[tuple[str, str], ...]
    """Headings, and the columns beneath them."""


def demo_chains(sandbox: SandboxServer) -> tuple[DemoChain, ...]:
    """Both chains, over the periods that the demo loads: four finished epochs and the running one; two days."""
    from aurora.periods import PeriodRange

    running = sandbox.clock.epoch
    revenue = (
        ("exec_fees_native", "exec_fees"),
        ("mev_tips_native", "mev_tips"),
        ("vote_rewards_native", "vote_rewards"),
        ("commission_native", "commission"),
        ("total_revenue_native", "total_revenue"),
        # The ledger knows of no partners: what they are owed is checked by the agreements' own tests.
        ("net_before_partners_native", "net"),
    )
    solana = DemoChain(
        chain_id="solana",
        name="Solana",
        unit="SOL",
        base_unit="lamport",
        decimals=9,
        periods=PeriodRange(running - 4, running),
        truth=lambda epoch: sandbox.ledger.epoch(epoch, tracked_only=True),
        cells=(*revenue, ("other_income_native", "other_income"), ("total_cost_native", "total_cost")),
        shown=(
            ("fees", "exec_fees_native"),
            ("MEV tips", "mev_tips_native"),
            ("own stake", "vote_rewards_native"),
            ("commission", "commission_native"),
            ("other", "other_income_native"),
            ("costs", "total_cost_native"),
            ("partners", "partner_commissions_native"),
            ("net", "net_native"),
        ),
    )
    ethereum = DemoChain(
        chain_id="ethereum",
        name="Ethereum",
        unit="ETH",
        base_unit="wei",
        decimals=18,
        periods=PeriodRange(20260102, 20260103),
        truth=lambda day: sandbox.ethereum.ledger.day(day, tracked_only=True),
        cells=revenue,
        shown=(
            ("fees", "exec_fees_native"),
            ("MEV", "mev_tips_native"),
            ("consensus, own", "vote_rewards_native"),
            ("commission", "commission_native"),
            ("partners", "partner_commissions_native"),
            ("net", "net_native"),
        ),
    )
    return solana, ethereum


def pnl(url: str, chain: DemoChain) -> Rows:
    """The chain's P&L, in the order in which it is printed."""
    from psycopg.rows import dict_row

    from aurora.warehouse.connection import connect

    with connect(url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            "select pnl.*, pnl.net_native + pnl.partner_commissions_native as net_before_partners_native,"
            " validators.label from computation.validator_pnl as pnl"
            " inner join canonical.validators as validators using (chain_id, validator_key)"
            " where pnl.chain_id = %s and pnl.period_id between %s and %s"
            ' order by pnl.period_id, validators.label collate "C", pnl.validator_key collate "C"',
            (chain.chain_id, chain.periods.first, chain.periods.last),
        )
        return cursor.fetchall()


def misdirected(url: str) -> Rows:
    """What was paid for blocks to nobody's own address, by validator."""
    from psycopg.rows import dict_row

    from aurora.warehouse.connection import connect

    with connect(url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            "select validators.label, count(*) as payments, sum(paid.amount_native) as amount_native"
            " from canonical.misdirected_payments as paid"
            " inner join canonical.validators as validators using (chain_id, validator_key)"
            " group by validators.label order by validators.label"
        )
        return cursor.fetchall()


def differences(chain: DemoChain, rows: Rows) -> list[str]:
    """Where the warehouse and the ledger disagree; empty where every cell is equal, to the base unit."""
    wrong: list[str] = []
    found = {(row["period_id"], row["validator_key"]): row for row in rows}
    for period in sorted({row["period_id"] for row in rows}):
        for key, truth in chain.truth(period).items():
            row = found.pop((period, key), None)
            if row is None:
                wrong.append(f"{chain.name} {period}, {truth.label}: no row")
                continue
            for column, name in chain.cells:
                expected = getattr(truth, name)
                amount = None if row[column] is None else row[column].scaleb(chain.decimals)
                if amount != (None if expected is None else Decimal(expected)):
                    wrong.append(
                        f"{chain.name} {period}, {truth.label}, {column}: {amount} {chain.base_unit},"
                        f" the ledger says {expected}"
                    )
    wrong += [f"{chain.name} {period}: a row of {key} that the ledger does not have" for period, key in found]
    return wrong


def print_pnl(chain: DemoChain, rows: Rows) -> None:
    """The P&L as a table, with every digit."""
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table

    table = Table(title=f"{chain.name}: validator P&L, in {chain.unit}", show_lines=False)
    for name in ("period", "validator"):
        table.add_column(name, no_wrap=True)
    for name, _ in chain.shown:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    last = None
    for row in rows:
        if last is not None and row["period_id"] != last:
            table.add_section()
        last = row["period_id"]
        amounts = (_shown(row[column], chain.decimals) for _, column in chain.shown)
        table.add_row(str(row["period_id"]), row["label"] or row["validator_key"][:8], *amounts, _state(row))
    # As wide as its amounts: a digit left out would be one that nobody can check.
    console = Console()
    wide = console.options.update(max_width=1000)
    console = Console(width=max(console.width, Measurement.get(console, wide, table).maximum))
    console.print(table)


def _shown(amount: Decimal | None, decimals: int) -> str:
    return "unknown" if amount is None else f"{amount:.{decimals}f}"


def _state(row: dict[str, Any]) -> str:
    if row["is_complete"] and row["is_finalized"]:
        return "final"
    if row["is_finalized"]:
        return "missing " + ", ".join(row["missing_data_types"])
    return "running"
