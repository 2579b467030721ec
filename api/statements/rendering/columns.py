"""The columns of CSV and Parquet: one row a line, with the statement that it is of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.statements.content import LINE_COLUMNS
from api.statements.rendering.source import Source

STATEMENT = (
    "statement_id",
    "partner_id",
    "partner_name",
    "chain_id",
    "native_unit",
    "statement_month",
    "revision",
    "status",
    "approved_at",
    "released_at",
    "paid_at",
    "payment_reference",
)
"""What every row says of the statement."""

LINE = tuple(name for name in LINE_COLUMNS if name != "chain_id")
"""What it says of the line, the columns that are hashed."""

COLUMNS = (*STATEMENT, *LINE)


def rows_of(source: Source) -> Iterator[Mapping[str, Any]]:
    """The rows by line number; a statement without lines has none."""
    statement = {name: source.statement.columns[name] for name in STATEMENT}
    for line in source.lines:
        yield {**statement, **{name: line[name] for name in LINE}}
