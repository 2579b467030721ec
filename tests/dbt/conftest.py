"""The project's macros, rendered as they are written and run by a real Postgres, without a dbt project around them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from jinja2 import Environment

from aurora.transform import DBT_PROJECT
from aurora.warehouse.connection import connect
from tests.postgres import PostgresServer
from tests.shared_files import fixture_path, shared_path

MACRO_FILES = ("exact.sql", "money.sql")

Part = tuple[str, int, int | None, str]
"""A row to share a whole over: partition, whole, weight, key."""


@dataclass(frozen=True, slots=True)
class Macros:
    """Macros by name; each call is one query over all its cases."""

    module: Any
    connection: psycopg.Connection

    def calculate(self, macro: str, *arguments: Sequence[object] | int) -> list[Any]:
        """What the macro gives for each case; an argument is a column of numbers, or one for all of them."""
        columns = [list(argument) for argument in arguments if not isinstance(argument, int)]
        names = iter(f"cases.column_{number}::numeric" for number in range(len(columns)))
        rendered = [str(argument) if isinstance(argument, int) else next(names) for argument in arguments]
        return self._select(getattr(self.module, macro)(*rendered), columns)

    def calculate_text(self, macro: str, texts: Sequence[str]) -> list[Any]:
        """What the macro gives for each text, as text."""
        return self._select(f"({getattr(self.module, macro)('cases.column_0')})::text", [list(texts)])

    def share(self, parts: Sequence[Part]) -> dict[tuple[str, str], int | None]:
        """The parts' shares of their wholes by largest remainder, by partition and key; a fraction fails."""
        shares = self.module.largest_remainder("parts", "whole", "weight", "key", "cell")
        columns = [[None if entry is None else str(entry) for entry in column] for column in zip(*parts, strict=True)]
        query = (
            "with parts as (select cell, whole::numeric as whole, weight::numeric as weight, key"
            " from unnest(%s::text[], %s::text[], %s::text[], %s::text[]) as given (cell, whole, weight, key))"
            f" select shared.cell, shared.key, shared.share::text from {shares} as shared"
        )
        rows = self.connection.execute(query.encode(), columns).fetchall()
        assert len(rows) == len(parts)
        # Integers: arithmetic on decimals rounds to 28 digits.
        return {(cell, key): None if share is None else int(share) for cell, key, share in rows}

    def _select(self, expression: str, columns: list[list[Any]]) -> list[Any]:
        texts = [[None if entry is None else str(entry) for entry in column] for column in columns]
        names = ", ".join(f"column_{number}" for number in range(len(columns)))
        arrays = ", ".join(["%s::text[]"] * len(columns))
        query = (
            f"select {expression} from unnest({arrays}) with ordinality as cases ({names}, place) order by cases.place"
        )
        return [value for (value,) in self.connection.execute(query.encode(), texts).fetchall()]


@pytest.fixture(scope="session")
def macros(server: PostgresServer) -> Iterator[Macros]:
    """The macros about exactness and money, in a database that by default sorts text as people do, not by bytes."""
    source = "\n".join((DBT_PROJECT / "macros" / name).read_text() for name in MACRO_FILES)
    # SQL goes into a database, and not into a page.
    template = Environment(autoescape=False).from_string(source)
    url = server.create("money_macros", collation=server.foreign_collation())
    with connect(url, autocommit=True) as connection:
        yield Macros(template.module, connection)


@pytest.fixture(scope="session")
def vectors() -> dict[str, dict[str, Any]]:
    """The worked examples of the money rules, by id."""
    document = json.loads(shared_path("vectors/commissions.json").read_text(), parse_float=Decimal)
    return {vector["id"]: vector for vector in document["vectors"]}


def oracle(name: str) -> dict[str, Any]:
    """What another implementation, or the chain, says: ``fixtures/solana/oracles/<name>.json``."""
    document = json.loads(fixture_path(f"solana/oracles/{name}.json").read_text(), parse_float=Decimal)
    assert isinstance(document, dict)
    return document
