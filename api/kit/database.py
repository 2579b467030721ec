"""The warehouse as the API sees it: a pool of sessions that can only read, and one way to ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import psycopg
import structlog
from fastapi import Depends, Request
from psycopg import AsyncConnection
from psycopg.rows import AsyncRowFactory, TupleRow
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from api.kit.problems import Unavailable
from aurora.warehouse.connection import parse_url

Row = TypeVar("Row")

_LOG = structlog.get_logger("aurora.api.database")

_POOL_SIZE = 10
_WAIT_SECONDS = 3.0
_CONNECT_SECONDS = "3"

# No statement needs a name to be looked up: every relation is written with its schema.
_SESSION = """
    select
        set_config('timezone', 'UTC', false),
        set_config('default_transaction_read_only', 'on', false),
        set_config('statement_timeout', '10s', false),
        set_config('lock_timeout', '3s', false),
        set_config('search_path', 'pg_catalog', false),
        set_config('jit', 'off', false)
"""

# A rebuild replaces a view: for a moment, or before the first one, it is not there.
_NOT_BUILT = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedColumn)


class Database:
    """Sessions on the warehouse; `open` and `close` belong to the application's lifespan."""

    def __init__(self, url: str) -> None:
        parameters = parse_url(url)
        defaults = {"application_name": "aurora-api", "connect_timeout": _CONNECT_SECONDS}
        arguments: dict[str, Any] = {key: text for key, text in defaults.items() if key not in parameters.options}
        # Each statement is a read-only transaction of its own, without a round trip for its begin and its end.
        arguments["autocommit"] = True
        self._pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
            parameters.url(),
            kwargs=arguments,
            min_size=1,
            max_size=_POOL_SIZE,
            timeout=_WAIT_SECONDS,
            configure=_configure,
            open=False,
            name="aurora-api",
        )

    async def open(self) -> None:
        """Begin to connect; a database that is down is no reason not to start: readiness tells."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Close every session."""
        await self._pool.close()

    async def fetch(
        self, statement: str, parameters: Mapping[str, object] | None = None, *, rows: AsyncRowFactory[Row]
    ) -> list[Row]:
        """The rows of one statement, in a read-only transaction of its own.

        Raises:
            Unavailable: the database is not reached, does not answer in time, or lacks the relation.
        """
        try:
            try:
                return await self._fetch(statement, parameters, rows)
            except psycopg.OperationalError as error:
                if not _is_lost(error):
                    raise
                # The server was restarted: sessions of before are still in the pool, and a read can be repeated.
                await self._pool.check()
                return await self._fetch(statement, parameters, rows)
        except _NOT_BUILT as error:
            _LOG.warning("relation_missing", sqlstate=error.sqlstate, message=error.diag.message_primary)
            raise Unavailable(
                "the warehouse is not migrated or not built: `aurora migrate` and `aurora transform` do it"
            ) from None
        except psycopg.errors.InsufficientPrivilege as error:
            _LOG.error("privilege_missing", message=error.diag.message_primary)
            raise Unavailable("the API's database user lacks a right; its log says which") from None
        except psycopg.errors.QueryCanceled:
            _LOG.warning("statement_timeout")
            raise Unavailable("the database took too long; ask for fewer periods, or later") from None
        except psycopg.OperationalError as error:
            # Its text may quote the host and the user; clients need neither.
            _LOG.error("database_unreachable", error=type(error).__name__, sqlstate=getattr(error, "sqlstate", None))
            raise Unavailable("the database is not reached; try again later", headers={"Retry-After": "5"}) from None

    async def _fetch(
        self, statement: str, parameters: Mapping[str, object] | None, rows: AsyncRowFactory[Row]
    ) -> list[Row]:
        async with self._pool.connection() as connection, connection.cursor(row_factory=rows) as cursor:
            await cursor.execute(statement.encode(), parameters)
            return await cursor.fetchall()


async def _configure(connection: AsyncConnection[TupleRow]) -> None:
    await connection.execute(_SESSION)


def _is_lost(error: psycopg.OperationalError) -> bool:
    """Whether the session is gone, as after a restart, and not just one statement refused."""
    return not isinstance(error, PoolTimeout | PoolClosed | TooManyRequests) and (
        error.sqlstate is None or isinstance(error, psycopg.errors.AdminShutdown | psycopg.errors.CrashShutdown)
    )


async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


DatabaseDep = Annotated[Database, Depends(_database)]
"""The application's database, in the signature of an endpoint."""
