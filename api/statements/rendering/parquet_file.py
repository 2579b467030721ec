"""A statement's lines as Parquet, typed and exact."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from api.statements.rendering.columns import COLUMNS, rows_of
from api.statements.rendering.source import Source
from aurora.amounts import number_text
from aurora.export import cell_text

if TYPE_CHECKING:
    import pyarrow as pa

_TOTALS = (
    "line_count",
    "lines_native",
    "adjustments_native",
    "total_commission_native",
    "carried_native",
    "minimum_payout_native",
    "payout_native",
    "balance_native",
    "fiat_totals",
    "content_hash",
)


def render_parquet(source: Source) -> bytes:
    """Amounts are decimal128(38, 18), the month a date, instants timestamps in UTC, memos a list by currency.

    Weights, which have no bound, and prices are exact text. The statement's own figures are in the file's metadata, as
    JSON under ``aurora.statement``.
    """
    import pyarrow as pa
    from pyarrow import parquet

    rows = [{**row, "fiat": _memos(row["fiat"])} for row in rows_of(source)]
    columns = source.statement.columns
    totals = {name: columns[name] if name == "fiat_totals" else cell_text(columns[name]) for name in _TOTALS}
    schema = pa.schema([pa.field(name, _type(name)) for name in COLUMNS]).with_metadata(
        {"aurora.statement": json.dumps(totals, sort_keys=True)}
    )
    arrays = [pa.array([_value(row[field.name], field.type) for row in rows], type=field.type) for field in schema]
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table(arrays, schema=schema), sink)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _type(name: str) -> pa.DataType:
    import pyarrow as pa

    if name.endswith("_native"):
        return pa.decimal128(38, 18)
    if name.endswith("_at"):
        return pa.timestamp("us", "UTC")
    memo = pa.struct([("currency", pa.string()), ("price", pa.string()), ("amount", pa.decimal128(38, 2))])
    return {
        "statement_month": pa.date32(),
        "revision": pa.int32(),
        "line_number": pa.int32(),
        "agreement_version": pa.int32(),
        "period_id": pa.int64(),
        "commission_rate_bps": pa.int32(),
        "payload_ids": pa.list_(pa.string()),
        "fiat": pa.list_(memo),
    }.get(name, pa.string())


def _value(value: Any, kind: pa.DataType) -> Any:
    from decimal import Decimal

    import pyarrow as pa

    return number_text(value) if isinstance(value, Decimal) and pa.types.is_string(kind) else value


def _memos(fiat: dict[str, dict[str, str]] | None) -> list[dict[str, Any]] | None:
    from decimal import Decimal

    if fiat is None:
        return None
    return [
        {"currency": currency, "price": memo["price"], "amount": Decimal(memo["amount"])}
        for currency, memo in sorted(fiat.items())
    ]
