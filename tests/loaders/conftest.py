"""What tests of whole loads share: a short Ethereum chain, and databases without dbt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from psycopg.rows import dict_row

from aurora.sandbox import SandboxServer
from aurora.sandbox.ethereum.scale import ETHEREUM_QUICK
from aurora.warehouse.connection import connect
from tests.postgres import PostgresServer

Rows = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def chain() -> Iterator[SandboxServer]:
    """Days of a few epochs."""
    with SandboxServer(scale="demo", seed=1, ethereum_scale=ETHEREUM_QUICK) as network:
        yield network


@pytest.fixture
def url(server: PostgresServer, database_names: Callable[[str], str]) -> Iterator[str]:
    """A database with nothing in it."""
    name = database_names("loads")
    yield server.create(name)
    server.drop(name)


@pytest.fixture
def rows(url: str) -> Rows:
    """Rows of a query, by column name."""

    def ask(query: str, *parameters: object) -> list[dict[str, Any]]:
        with connect(url) as connection, connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(query.encode(), parameters or None)
            return cursor.fetchall()

    return ask
