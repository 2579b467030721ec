"""``aurora db``: the warehouse's database, embedded or external."""

from __future__ import annotations

import os
import shutil
from typing import Annotated

import typer

app = typer.Typer(
    help="The warehouse's database: the embedded PostgreSQL, or the one that DATABASE_URL names.",
    no_args_is_help=True,
)


@app.command()
def up() -> None:
    """Make the database accept connections: start the embedded server, or reach the one of DATABASE_URL."""
    from aurora.settings import load_settings
    from aurora.warehouse.connection import connect, parse_url, warehouse_url

    settings = load_settings()
    url = warehouse_url(settings)
    with connect(url) as connection:
        version = connection.info.server_version // 10000
    kind = "embedded" if settings.database_url is None else "DATABASE_URL"
    typer.echo(f"PostgreSQL {version} ({kind}) accepts connections: {parse_url(url).place}")


@app.command()
def down() -> None:
    """Stop the embedded server; its data stays."""
    from aurora.settings import load_settings
    from aurora.warehouse.connection import embedded_server

    server = embedded_server(load_settings())
    stopped = server.stop()
    typer.echo(f"the embedded PostgreSQL of {server.data_dir} {'has stopped' if stopped else 'was not running'}")


@app.command()
def url() -> None:
    """Print the database's URL, password included, for other programs to connect with."""
    from aurora.settings import load_settings
    from aurora.warehouse.connection import warehouse_url

    typer.echo(warehouse_url(load_settings()))


@app.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
def psql(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PSQL OPTIONS]", help="Passed on to psql, as in: aurora db psql -c 'select 1'"),
    ] = None,
) -> None:
    """Open psql on the database."""
    from aurora.settings import load_settings
    from aurora.warehouse.connection import parse_url, warehouse_url

    settings = load_settings()
    parameters = parse_url(warehouse_url(settings))
    program = _psql_program(is_embedded=settings.database_url is None)
    environment = dict(os.environ)
    if parameters.password is not None:
        # Arguments are seen by every user of the machine, the environment is not.
        environment["PGPASSWORD"] = parameters.password.get_secret_value()
    command = [program, parameters.url(with_password=False), *(arguments or [])]
    os.execve(program, command, environment)


def _psql_program(*, is_embedded: bool) -> str:
    from aurora.errors import WarehouseError
    from aurora.warehouse.pgctl import wheel_bin_dir

    try:
        bundled = shutil.which(wheel_bin_dir() / "psql")
    except WarehouseError:
        bundled = None
    installed = shutil.which("psql")
    # The wheel's psql is of the embedded server's version, and was built without TLS, which other servers may want.
    program = (bundled or installed) if is_embedded else (installed or bundled)
    if program is None:
        raise WarehouseError("psql is not installed: install PostgreSQL's client, or use the URL of `aurora db url`")
    return program
