"""Connecting to the warehouse: which database it is, and sessions that behave alike on every server."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from aurora.errors import WarehouseError
from aurora.warehouse.embedded import EmbeddedServer
from aurora.warehouse.urls import ConnectionParameters, parse_url, redacted

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import TupleRow

    from aurora.settings import Settings

__all__ = ["ConnectionParameters", "connect", "embedded_server", "parse_url", "redacted", "warehouse_url"]

DATABASE = "aurora"
OLDEST_SERVER = 15

_CONNECT_SECONDS = "10"

# What libpq says (in English; other languages fall through), and what to do about it.
_CAUSES = (
    ("password authentication failed", "the password or the user is wrong: correct DATABASE_URL"),
    ("no password supplied", "the server wants a password: put it into DATABASE_URL"),
    ("does not exist", "{said}: create it, or correct DATABASE_URL"),
    ("no pg_hba.conf entry", "the server does not admit this user from this machine: see its pg_hba.conf"),
    ("Connection refused", "the connection was refused: is the server running, and is DATABASE_URL right?"),
    ("No such file or directory", "there is no server at that socket: start it, or correct DATABASE_URL"),
    ("could not translate host name", "the host name is unknown: correct DATABASE_URL"),
    ("failed to resolve host", "the host name is unknown: correct DATABASE_URL"),
    ("timeout expired", "no answer in time: is the host right, and is a firewall between?"),
    ("too many clients", "the server has no connection left: close some, or raise its max_connections"),
    ("remaining connection slots", "the server has no connection left: close some, or raise its max_connections"),
    ("starting up", "the server is still starting: try again in a moment"),
    ("SSL", "{said}: see sslmode in DATABASE_URL"),
)


def embedded_server(settings: Settings) -> EmbeddedServer:
    """The embedded server of these settings: its data is in ``pg`` of the home folder. It is not started."""
    return EmbeddedServer(settings.home / "pg")


def warehouse_url(settings: Settings) -> str:
    """The libpq URL of the warehouse: ``DATABASE_URL``, else the embedded server's, which is started if need be.

    For the embedded server libpq's variables (``PG…``) leave this process and its children: they describe another
    server, and ``PGHOSTADDR`` or ``PGOPTIONS`` would override what the URL says.

    Raises:
        SettingsError: ``DATABASE_URL`` is no URL that all drivers read alike.
        WarehouseError: the embedded server did not start.
    """
    if settings.database_url is not None:
        return parse_url(settings.database_url.get_secret_value()).url()
    for name in [name for name in os.environ if name.startswith("PG") and not name.startswith("PG_")]:
        del os.environ[name]
    server = embedded_server(settings)
    server.start()
    server.ensure_database(DATABASE)
    return server.url(DATABASE)


def connect(url: str, *, autocommit: bool = False) -> psycopg.Connection[TupleRow]:
    """A psycopg connection, itself a context manager: it commits and closes at the end, or rolls back on an error.

    Its time zone is UTC, whatever the server's, the database's or the role's default is.

    Raises:
        SettingsError: the URL cannot be read.
        WarehouseError: the server is not reached, refuses, or is older than PostgreSQL 15.
    """
    import psycopg

    parameters = parse_url(url)
    defaults = {"application_name": "aurora", "connect_timeout": _CONNECT_SECONDS}
    arguments = {name: value for name, value in defaults.items() if name not in parameters.options}
    try:
        connection = psycopg.connect(parameters.url(), autocommit=True, **arguments)  # type: ignore[arg-type]
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        # The original may quote the URL, and a traceback would print it.
        raise WarehouseError(_explain(str(error), parameters)) from None
    try:
        version = connection.info.server_version
        if version // 10000 < OLDEST_SERVER:
            raise WarehouseError(
                f"{parameters.place} is PostgreSQL {version // 10000}, and Aurora needs {OLDEST_SERVER} or later: "
                "upgrade it, or set DATABASE_URL to another"
            )
        if connection.info.parameter_status("TimeZone") not in {"UTC", "Etc/UTC"}:
            connection.execute("set time zone 'UTC'")  # outside a transaction, so that no rollback undoes it
        connection.autocommit = autocommit
    except BaseException:
        connection.close()
        raise
    return connection


def _explain(message: str, parameters: ConnectionParameters) -> str:
    lines = [line.strip() for line in message.splitlines() if line.strip()] or ["no reason given"]
    said = lines[0].rpartition("FATAL:")[2].strip() or lines[0]
    if parameters.password is not None:
        said = said.replace(parameters.password.get_secret_value(), "***")
    cause = next((text.format(said=said) for mark, text in _CAUSES if mark in message), said)
    return f"{parameters.place}, user {parameters.user}: {cause}"
