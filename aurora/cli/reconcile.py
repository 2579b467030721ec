"""``aurora reconcile``: differences between providers, and who accepted them."""

from __future__ import annotations

from typing import Annotated

import typer

from aurora.cli.inputs import ActorOption, acting, place

app = typer.Typer(help="Differences between providers beyond tolerance.", no_args_is_help=True)


@app.command()
def accept(
    chain: Annotated[str, typer.Option("--chain", help="As the registry names it.")],
    period: Annotated[str, typer.Option("--period", help="An epoch, or a day.")],
    validator: Annotated[str, typer.Option("--validator", help="A vote account, or a public key.")],
    metric: Annotated[str, typer.Option("--metric", help="As `aurora reconcile list` shows it.")],
    provider_a: Annotated[str, typer.Option("--provider-a", help="Whose value is used.")],
    provider_b: Annotated[str, typer.Option("--provider-b", help="Whose value differs.")],
    reason: Annotated[str, typer.Option("--reason", help="Why: whoever approves reads it.")],
    actor: ActorOption = None,
) -> None:
    """Accept the two values that a cell has now; when either changes, it blocks again."""
    from api.reconciliation.service import CellName
    from api.reconciliation.service import accept as accept_cell

    url, registry = place()
    cell = CellName(chain, period, validator, metric, provider_a, provider_b)
    is_written = accept_cell(url, registry, cell, reason=reason, actor=acting(actor))
    typer.echo("accepted" if is_written else "these values are accepted already; nothing is written")


@app.command("list")
def list_() -> None:
    """List the differences beyond tolerance, accepted or not."""
    from rich.console import Console
    from rich.table import Table

    from api.reconciliation.service import list_differences
    from aurora.settings import load_settings
    from aurora.warehouse.connection import warehouse_url

    table = Table("period", "validator", "metric", "provider a", "value a", "provider b", "value b", "accepted")
    for found in list_differences(warehouse_url(load_settings())):
        table.add_row(
            f"{found.chain} {found.period_id}",
            found.validator,
            found.metric,
            found.provider_a,
            f"{found.value_a_native:f}",
            found.provider_b,
            f"{found.value_b_native:f}",
            f"{found.reason} ({found.accepted_by})" if found.reason else "no",
        )
    console = Console()
    (console if console.is_terminal else Console(width=400)).print(table)
