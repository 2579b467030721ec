"""The commands, assembled."""

from __future__ import annotations

from typing import Annotated

import typer

from aurora import __version__
from aurora.cli import (
    agreements,
    api,
    bench,
    dagster,
    db,
    demo,
    doctor,
    export,
    imports,
    keys,
    load,
    migrate,
    overrides,
    reconcile,
    sandbox,
    seed,
    statements,
    transform,
)

app = typer.Typer(
    name="aurora",
    help="From raw provider JSON to validator P&L and partner commissions, exact to the lamport and wei.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Plain help: drawing it would take half of the half second that --help may take.
    rich_markup_mode=None,
    add_completion=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"aurora {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Options of every command."""


app.command()(demo.demo)
app.command()(load.load)
app.command()(transform.transform)
app.command()(load.run)
app.command()(migrate.migrate)
app.command()(seed.seed)
app.command()(export.export)
app.command()(doctor.doctor)
app.command()(api.api)
app.command()(dagster.dagster)
app.add_typer(db.app, name="db")
app.add_typer(keys.app, name="keys")
app.add_typer(agreements.app, name="agreements")
app.add_typer(imports.wallets, name="wallets")
app.add_typer(imports.costs, name="costs")
app.add_typer(imports.prices, name="prices")
app.add_typer(overrides.app, name="overrides")
app.add_typer(reconcile.app, name="reconcile")
app.add_typer(statements.app, name="statements")
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(bench.app, name="bench")
