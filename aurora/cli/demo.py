"""``aurora demo``: the whole way on a simulated network, checked against the network's own ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from aurora.periods import PeriodRange
    from aurora.sandbox import SandboxServer

FINISHED_EPOCHS = 4

# What the demo's providers.yaml says, whatever port the sandbox gets: where `aurora sandbox serve` listens.
_SHOWN_URL = "http://127.0.0.1:8899"

# Of the warehouse's P&L, and of the ledger's.
_CELLS = (
    ("exec_fees_native", "exec_fees"),
    ("mev_tips_native", "mev_tips"),
    ("vote_rewards_native", "vote_rewards"),
    ("commission_native", "commission"),
    ("other_income_native", "other_income"),
    ("total_revenue_native", "total_revenue"),
    ("total_cost_native", "total_cost"),
    ("net_native", "net"),
)


def demo() -> None:
    """Load a simulated Solana cluster, transform it, print the P&L, and check it against the cluster's ledger."""
    from api.migrations import upgrade
    from aurora.cli.progress import progress_bars
    from aurora.errors import AuroraError
    from aurora.fingerprint import fingerprint
    from aurora.periods import PeriodRange
    from aurora.registry import read_registry
    from aurora.sandbox import SandboxServer, url_overrides, write_registry
    from aurora.settings import load_settings
    from aurora.transform import Transformer
    from aurora.warehouse.connection import embedded_server
    from loaders.load import LoadRequest, run_load, summary

    settings = load_settings()
    # Always the embedded server: a simulation has no place in a warehouse of somebody's own.
    server = embedded_server(settings)
    server.start()
    server.ensure_database("aurora")
    url = server.url("aurora")
    upgrade(url)
    before = fingerprint(url)
    with SandboxServer(scale="demo", seed=1) as sandbox, progress_bars() as progress:
        folder = settings.home / "demo"
        folder.mkdir(parents=True, exist_ok=True)
        registry = read_registry(
            *write_registry(folder, sandbox, shown_url=_SHOWN_URL), environment=url_overrides(sandbox)
        )
        running = sandbox.clock.epoch
        periods = PeriodRange(running - FINISHED_EPOCHS, running)
        report = run_load(registry, url, LoadRequest("solana", periods), progress=progress)
        if report.failed_runs:
            raise AuroraError(summary(report))
        with progress.step("dbt") as step:
            Transformer(url, target_path=settings.home / "dbt").build(on_node=lambda _name, _status: step.advance())
        rows = _pnl(url, periods)
        wrong = _differences(rows, sandbox)
    _print_pnl(rows)
    if wrong:
        raise AuroraError(f"{len(wrong)} cells differ from the ledger, the first: {wrong[0]}")
    typer.echo(
        f"{len(rows)} rows of {len({row['validator_key'] for row in rows})} validators:"
        f" each of {len(rows) * len(_CELLS)} cells equals the simulated network's own ledger, to the lamport."
    )
    after = fingerprint(url)
    changed = before.changed(after)
    if changed:
        typer.echo(
            f"{report.records_staged} payloads landed, {after.rows} rows in {len(after.tables)} tables."
            " Run it again: no row changes."
        )
    else:
        typer.echo(
            f"Nothing changed: {report.records_unchanged} payloads were there already,"
            f" and no row of {after.rows} moved."
        )
    typer.echo(
        "\nNext:\n"
        "  aurora db psql -c 'select * from computation.validator_pnl limit 5'   the tables\n"
        "  aurora dagster                                                        the lineage, at http://localhost:3000\n"
        "  aurora keys create --name me --role OPERATOR && aurora api            the API, at http://localhost:8000/docs\n"
        "This warehouse now holds a simulation: point DATABASE_URL or AURORA_HOME elsewhere before you load your own."
    )


def _pnl(url: str, periods: PeriodRange) -> list[dict[str, Any]]:
    from psycopg.rows import dict_row

    from aurora.warehouse.connection import connect

    with connect(url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            "select pnl.*, validators.label from computation.validator_pnl as pnl"
            " inner join canonical.validators as validators using (chain_id, validator_key)"
            " where pnl.chain_id = 'solana' and pnl.period_id between %s and %s"
            ' order by pnl.period_id, validators.label collate "C", pnl.validator_key collate "C"',
            (periods.first, periods.last),
        )
        return cursor.fetchall()


def _differences(rows: list[dict[str, Any]], sandbox: SandboxServer) -> list[str]:
    wrong: list[str] = []
    found = {(row["period_id"], row["validator_key"]): row for row in rows}
    for epoch in sorted({row["period_id"] for row in rows}):
        for vote, truth in sandbox.ledger.epoch(epoch, tracked_only=True).items():
            row = found.pop((epoch, vote), None)
            if row is None:
                wrong.append(f"epoch {epoch}, {truth.label}: no row")
                continue
            for column, name in _CELLS:
                expected = getattr(truth, name)
                lamports = None if row[column] is None else row[column].scaleb(9)
                if lamports != (None if expected is None else Decimal(expected)):
                    wrong.append(
                        f"epoch {epoch}, {truth.label}, {column}: {lamports} lamports, the ledger says {expected}"
                    )
    wrong += [f"epoch {epoch}: a row of {vote} that the ledger does not have" for epoch, vote in found]
    return wrong


def _print_pnl(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table

    table = Table(title="Validator P&L, in SOL", show_lines=False)
    for name in ("epoch", "validator"):
        table.add_column(name, no_wrap=True)
    for name in ("fees", "MEV tips", "own stake", "commission", "other", "costs", "net"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    last = None
    for row in rows:
        if last is not None and row["period_id"] != last:
            table.add_section()
        last = row["period_id"]
        table.add_row(
            str(row["period_id"]),
            row["label"] or row["validator_key"][:8],
            *(
                _sol(row[column])
                for column in (
                    "exec_fees_native",
                    "mev_tips_native",
                    "vote_rewards_native",
                    "commission_native",
                    "other_income_native",
                    "total_cost_native",
                    "net_native",
                )
            ),
            _state(row),
        )
    # As wide as its amounts: a digit left out would be one that nobody can check.
    console = Console()
    wide = console.options.update(max_width=1000)
    console = Console(width=max(console.width, Measurement.get(console, wide, table).maximum))
    console.print(table)


def _sol(amount: Decimal | None) -> str:
    return "unknown" if amount is None else f"{amount:.9f}"


def _state(row: dict[str, Any]) -> str:
    if row["is_complete"] and row["is_finalized"]:
        return "final"
    if row["is_finalized"]:
        return "missing " + ", ".join(row["missing_data_types"])
    return "running"
