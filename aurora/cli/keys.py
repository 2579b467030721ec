"""``aurora keys``: who may read the API."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

app = typer.Typer(help="API keys: shown once, stored hashed.", no_args_is_help=True)


class RoleName(StrEnum):
    """The roles a key can have; a copy of ``api.keys.models.Role``, whose package is not imported for ``--help``."""

    OPERATOR = "OPERATOR"
    PARTNER = "PARTNER"


@app.command()
def create(
    name: Annotated[str, typer.Option("--name", help="For people, as in: grafana. Unique among active keys.")],
    role: Annotated[RoleName, typer.Option("--role", help="OPERATOR reads all, PARTNER what is the partner's own.")],
    partner: Annotated[str | None, typer.Option("--partner", help="Whose key it is: with --role PARTNER.")] = None,
) -> None:
    """Issue a key and print it: the only time that it can be seen."""
    from api.keys.models import Role
    from api.keys.service import create_key
    from aurora.settings import load_settings
    from aurora.warehouse.connection import warehouse_url

    issued = create_key(warehouse_url(load_settings()), name=name, role=Role(role.value), partner=partner)
    # Only the key goes to stdout, so that a script can take it: KEY=$(aurora keys create ...)
    typer.echo(f"{issued.key.role} key {issued.key.name}, id {issued.key.key_id}; it is not shown again:", err=True)
    typer.echo(issued.secret)


@app.command("list")
def list_() -> None:
    """List the keys ever issued; never the secrets, which nobody has."""
    from rich.console import Console
    from rich.table import Table

    from api.keys.service import list_keys
    from aurora.settings import load_settings
    from aurora.warehouse.connection import warehouse_url

    table = Table("name", "role", "partner", "created", "revoked", "id")
    for key in list_keys(warehouse_url(load_settings())):
        table.add_row(
            key.name,
            key.role,
            key.partner or "",
            f"{key.created_at:%Y-%m-%d %H:%M}",
            f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "",
            str(key.key_id),
        )
    console = Console()
    (console if console.is_terminal else Console(width=200)).print(table)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="NAME|ID", help="An active key's name, or its id.")],
) -> None:
    """Revoke a key: the next request with it is refused."""
    from api.keys.service import revoke_key
    from aurora.settings import load_settings
    from aurora.warehouse.connection import warehouse_url

    revoked = revoke_key(warehouse_url(load_settings()), key)
    typer.echo(f"{revoked.role} key {revoked.name}, id {revoked.key_id}, opens nothing from now on")
