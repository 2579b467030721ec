"""``aurora demo``: the whole way on a simulated network, checked against the network's own ledger."""

from __future__ import annotations

import typer

# What the demo's providers.yaml says, whatever port the sandbox gets: where `aurora sandbox serve` listens.
_SHOWN_URL = "http://127.0.0.1:8899"


def demo() -> None:
    """Load simulated networks, transform, check the P&L against their ledgers, state partners' shares, correct one."""
    from api.migrations import upgrade
    from aurora.amounts import number_text
    from aurora.cli.demo_chains import demo_chains, differences, misdirected, pnl, print_pnl
    from aurora.cli.demo_partners import (
        CORRECTED_EPOCH,
        INTRODUCER,
        adjustment_of_correction,
        approve_month,
        correct_tips,
        is_approved,
        print_statements,
        seed_partners,
    )
    from aurora.cli.progress import progress_bars
    from aurora.errors import AuroraError
    from aurora.fingerprint import fingerprint
    from aurora.periods import PeriodRange
    from aurora.registry import read_registry
    from aurora.sandbox import SandboxServer, url_overrides, write_registry
    from aurora.sandbox.ethereum.scale import ETHEREUM_QUICK
    from aurora.settings import load_settings
    from aurora.transform import Transformer, parsed_meanwhile
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
    with (
        SandboxServer(scale="demo", seed=1, ethereum_scale=ETHEREUM_QUICK) as sandbox,
        progress_bars() as progress,
    ):
        folder = settings.home / "demo"
        folder.mkdir(parents=True, exist_ok=True)
        files = write_registry(folder, sandbox, shown_url=_SHOWN_URL, chains=("solana", "ethereum"))
        registry = read_registry(*files, environment=url_overrides(sandbox))
        agreements = seed_partners(url, registry, sandbox, folder)
        corrected = is_approved(url)
        if corrected:
            correct_tips(sandbox)  # as an earlier run left it
        chains = demo_chains(sandbox)
        reports = []
        target_path = settings.home / "dbt"
        with parsed_meanwhile(url, target_path=target_path):
            for chain in chains:
                report = run_load(registry, url, LoadRequest(chain.chain_id, chain.periods), progress=progress)
                if report.failed_runs:
                    raise AuroraError(summary(report))
                reports.append(report)
        transformer = Transformer(url, target_path=target_path)
        with progress.step("dbt") as step:
            # The tests run once, when all is in; what was not tested yet comes back in the next build.
            command = "build" if corrected else "run"
            transformer.build(command=command, on_node=lambda _name, _status: step.advance())
        if not corrected:
            approve_month(url)
            correct_tips(sandbox)
            request = LoadRequest("solana", PeriodRange(CORRECTED_EPOCH, CORRECTED_EPOCH), data_types=("MEV",))
            reports.append(run_load(registry, url, request, progress=progress))
            with progress.step("dbt, after a correction") as step:
                transformer.build(on_node=lambda _name, _status: step.advance())
        tables = [(chain, pnl(url, chain)) for chain in chains]
        wrong = [difference for chain, rows in tables for difference in differences(chain, rows)]
    for chain, rows in tables:
        print_pnl(chain, rows)
    if wrong:
        raise AuroraError(f"{len(wrong)} cells differ from the ledgers, the first: {wrong[0]}")
    for chain, rows in tables:
        typer.echo(
            f"{chain.name}: {len(rows)} rows of {len({row['validator_key'] for row in rows})} validators:"
            f" each of {len(rows) * len(chain.cells)} cells equals the simulated network's own ledger,"
            f" to the {chain.base_unit}."
        )
    for row in misdirected(url):
        amount = number_text(row["amount_native"])
        typer.echo(
            f"Misdirected: {row['payments']} payments for blocks of {row['label']}, {amount} ETH,"
            " went to addresses that are nobody's own: canonical.misdirected_payments."
        )
    print_statements(url)
    adjusted = adjustment_of_correction(url)
    if adjusted is None:
        raise AuroraError("a corrected epoch behind an approved statement made no adjustment")
    typer.echo(
        f"Jito corrected epoch {CORRECTED_EPOCH} after {INTRODUCER}'s statement was released: it stands, and"
        f" {number_text(adjusted['amount_native'])} SOL more ({adjusted['reason_code']}) wait in the next one."
    )
    after = fingerprint(url)
    if before.changed(after):
        typer.echo(
            f"{sum(report.records_staged for report in reports)} payloads landed,"
            f" {after.rows} rows in {len(after.tables)} tables. Run it again: no row changes."
        )
    else:
        typer.echo(
            f"Nothing changed: {sum(report.records_unchanged for report in reports)} payloads were there already,"
            f" and no row of {after.rows} moved."
        )
    typer.echo(
        "\nNext:\n"
        "  aurora db psql -c 'select * from computation.validator_pnl limit 5'   the tables\n"
        f"  aurora statements show --partner '{INTRODUCER}' --chain solana --month 2025-08   what is stated\n"
        f"  aurora statements render --partner '{INTRODUCER}' --chain solana --month 2025-08 --format pdf   as a file\n"
        f"  aurora agreements diff {agreements}   what is agreed\n"
        "  aurora dagster                                                        the lineage, at http://localhost:3000\n"
        "  aurora keys create --name me --role OPERATOR && aurora api            the API, at http://localhost:8000/docs\n"
        "This warehouse now holds a simulation: point DATABASE_URL or AURORA_HOME elsewhere before you load your own."
    )
