"""``aurora migrate``: the ``app`` schema, forward and back."""

from __future__ import annotations

from typing import Annotated

import typer


def migrate(
    down_to: Annotated[
        str | None,
        typer.Option("--down-to", metavar="REV", help="Undo what came after this revision; `base` undoes all."),
    ] = None,
) -> None:
    """Bring the app schema (agreements, statements, API keys) up to date; running it again changes nothing."""
    from api.migrations import BASE, downgrade, upgrade
    from aurora.settings import load_settings
    from aurora.warehouse.connection import warehouse_url

    url = warehouse_url(load_settings())
    revision = upgrade(url) if down_to is None else downgrade(url, down_to)
    typer.echo(f"the app schema is at revision {revision or BASE}")
