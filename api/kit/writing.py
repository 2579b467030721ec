"""One transaction in which the app schema is written, and everybody else who writes it waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from aurora.errors import WarehouseError
from aurora.warehouse.connection import connect, parse_url

# What is compared must still hold when it is written: applies and imports go one after the other.
_LOCK = "select pg_advisory_xact_lock(hashtext('app.agreements'))"


class Writing(NamedTuple):
    """The transaction, the instant at which it records, who does, and the schema: ``app``, or a copy of its tables."""

    connection: psycopg.Connection[Any]
    at: datetime
    actor: str
    schema: str = "app"


@contextmanager
def writing(url: str, *, actor: str) -> Iterator[Writing]:
    """A transaction that commits at the end; its instant is later than that of any before it.

    Raises:
        WarehouseError: the database is not reached or not migrated, or the role may not write.
    """
    with session(url) as connection:
        connection.execute(_LOCK)
        # now() is when the transaction began, perhaps before another one recorded what this one supersedes.
        [(at,)] = connection.execute("select clock_timestamp()").fetchall()
        yield Writing(connection, at, actor)


@contextmanager
def session(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A transaction on the app schema, whose usual failures say what to do.

    Raises:
        WarehouseError: the database is not reached or not migrated, or the role lacks a right.
    """
    place = parse_url(url).place
    try:
        with connect(url) as connection:
            yield connection
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedColumn) as error:
        said = error.diag.message_primary or "a table is missing"
        raise WarehouseError(f"{place}: {said}: run `aurora migrate` first") from None
    except psycopg.errors.InsufficientPrivilege as error:
        said = error.diag.message_primary or "a right is missing"
        raise WarehouseError(f"{place}: {said}: take the schema's owner in DATABASE_URL") from None
