"""Any warehouse relation as a file, with exact decimals: never a float, in no format."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from aurora.errors import ExportError
from aurora.warehouse.connection import connect

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

Format = Literal["parquet", "csv", "jsonl"]

_BATCH = 20_000
_BOOL, _INT2, _INT4, _INT8, _NUMERIC, _DATE, _TIMESTAMPTZ, _TEXT_ARRAY = 16, 21, 23, 20, 1700, 1082, 1184, 1009

Row = tuple[Any, ...]


def export_relation(url: str, relation: str, *, format: Format, out: Path) -> int:
    """Write every row of ``relation`` (schema-qualified) to ``out``; gives the number of rows.

    The file appears whole or not at all. Amounts are decimal text in CSV, decimal strings in JSON lines, and
    ``decimal128`` of the column's own precision in Parquet; a numeric without one is a string there.

    Raises:
        ExportError: no such relation, an unknown format, or a path that cannot be written.
    """
    writers: dict[str, Callable[..., int]] = {"csv": _write_csv, "jsonl": _write_jsonl, "parquet": _write_parquet}
    if format not in writers:
        raise ExportError(f"unknown format {format!r}; there are: {', '.join(writers)}")
    require_writable(out, option="--out")
    with connect(url) as connection:
        name = _qualified(connection, relation)
        with connection.cursor("aurora_export") as cursor:
            cursor.itersize = _BATCH
            cursor.execute(f"select * from {name}".encode())
            columns = cursor.description or []
            with whole_file(out, option="--out") as temporary:
                count = writers[format](temporary, columns, _batches(cursor))
    return count


def require_writable(out: Path, *, option: str) -> None:
    """Refuse a path that no file can be put at; ``option`` is how another one is named.

    Raises:
        ExportError: its folder is missing, or it is there and no regular file.
    """
    try:
        if not out.parent.is_dir():
            raise ExportError(f"{out.parent} is no folder; make it, or name another path with {option}")
        if out.exists() and not out.is_file():
            raise ExportError(f"{out} is there and no file; name another path with {option}")
    except OSError as error:
        raise ExportError(f"{out} cannot be written: {error.strerror}; name another path with {option}") from error


@contextmanager
def whole_file(out: Path, *, option: str) -> Iterator[Path]:
    """A temporary path beside ``out`` that takes its place at the end, or leaves nothing behind.

    Raises:
        ExportError: the path cannot be written.
    """
    require_writable(out, option=option)
    try:
        # Not named after it: the name may have the length that a file system just allows.
        handle, temporary = tempfile.mkstemp(dir=out.parent, prefix=".aurora-")
        os.close(handle)
        try:
            yield Path(temporary)
            Path(temporary).replace(out)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise ExportError(f"{out} cannot be written: {error.strerror}; name another path with {option}") from error


def _qualified(connection: psycopg.Connection[Any], relation: str) -> str:
    found = connection.execute(
        "select format('%%I.%%I', namespace.nspname, class.relname) from pg_class as class"
        " inner join pg_namespace as namespace on namespace.oid = class.relnamespace"
        " where class.oid = to_regclass(%s) and class.relkind in ('r', 'v', 'm', 'p', 'f')",
        (relation,),
    ).fetchone()
    if found is None:
        raise ExportError(
            f"the warehouse has no relation {relation!r}; name it with its schema, as computation.validator_pnl"
        )
    return str(found[0])


def _batches(cursor: Any) -> Iterator[list[Row]]:
    while rows := cursor.fetchmany(_BATCH):
        yield rows


def _write_csv(path: Path, columns: Sequence[Any], batches: Iterator[list[Row]]) -> int:
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in columns])
        for rows in batches:
            writer.writerows([[cell_text(value) for value in row] for row in rows])
            count += len(rows)
    return count


def _write_jsonl(path: Path, columns: Sequence[Any], batches: Iterator[list[Row]]) -> int:
    names = [column.name for column in columns]
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for rows in batches:
            for row in rows:
                record = {name: _json(value) for name, value in zip(names, row, strict=True)}
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += len(rows)
    return count


def _write_parquet(path: Path, columns: Sequence[Any], batches: Iterator[list[Row]]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    schema = pa.schema([pa.field(column.name, _arrow_type(column)) for column in columns])
    count = 0
    with parquet.ParquetWriter(path, schema) as writer:
        for rows in batches:
            arrays = [
                pa.array([_arrow(row[place], field.type) for row in rows], type=field.type)
                for place, field in enumerate(schema)
            ]
            writer.write_table(pa.table(arrays, schema=schema))
            count += len(rows)
    return count


def _arrow_type(column: Any) -> pa.DataType:
    import pyarrow as pa

    if column.type_code == _NUMERIC:
        if column.precision and column.precision <= 38:
            return pa.decimal128(column.precision, column.scale or 0)
        return pa.string()
    kinds = {
        _BOOL: pa.bool_(),
        _INT2: pa.int16(),
        _INT4: pa.int32(),
        _INT8: pa.int64(),
        _DATE: pa.date32(),
        _TIMESTAMPTZ: pa.timestamp("us", "UTC"),
        _TEXT_ARRAY: pa.list_(pa.string()),
    }
    return kinds.get(column.type_code, pa.string())


def _arrow(value: Any, kind: pa.DataType) -> Any:
    import pyarrow as pa

    if value is None or not pa.types.is_string(kind):
        return value
    return cell_text(value)


def cell_text(value: Any) -> str:
    """A value as text: amounts in plain notation, instants in UTC, what is absent empty, the rest as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, list | dict):
        return json.dumps(_json(value), ensure_ascii=False)
    return str(value)


def _json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal | datetime | date):
        return cell_text(value)
    return str(value)
