"""``aurora wallets import``, ``aurora costs import``, ``aurora prices import``: what comes in bulk, as CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aurora.cli.inputs import ActorOption, acting, place, reported

wallets = typer.Typer(help="The partners' clients, in bulk.", no_args_is_help=True)
costs = typer.Typer(help="What validators cost, or earned besides.", no_args_is_help=True)
prices = typer.Typer(help="What a native unit was worth.", no_args_is_help=True)

_File = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV with the header below, all of it or nothing.")]


def _only_command() -> None:
    """Keep `import` a command of its own."""


for _group in (wallets, costs, prices):
    _group.callback()(_only_command)


@wallets.command("import")
def import_wallets(file: _File, actor: ActorOption = None) -> None:
    """Record wallets: partner,chain,address,kind,valid_from,valid_until (instants such as 2026-01-01T00:00:00Z)."""
    from api.wallets.service import import_wallets

    url, registry = place()
    with reported():
        typer.echo(f"wallets: {import_wallets(url, file, registry, actor=acting(actor))}")


@costs.command("import")
def import_costs(file: _File, actor: ActorOption = None) -> None:
    """Record costs and other income: chain,validator,period_id,line_type,amount_native,note (positive amounts)."""
    from api.costs.service import import_costs

    url, registry = place()
    with reported():
        typer.echo(f"costs: {import_costs(url, file, registry, actor=acting(actor))}")


@prices.command("import")
def import_prices(file: _File, actor: ActorOption = None) -> None:
    """Record prices: chain,currency,at,price (what one native unit was worth from that instant on)."""
    from api.prices.service import import_prices

    url, registry = place()
    with reported():
        typer.echo(f"prices: {import_prices(url, file, registry, actor=acting(actor))}")
