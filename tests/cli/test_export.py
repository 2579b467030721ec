"""Exports: every digit of an amount, in every format; a file is whole or not there."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from aurora.errors import ExportError
from aurora.export import export_relation
from tests.postgres import PostgresServer

AMOUNTS = ["12345678901234567890.123456789012345678", "0.000000000000000001", "-9007199254740993.000000001", None]


@pytest.fixture(scope="module")
def url(server: PostgresServer) -> str:
    from aurora.warehouse.connection import connect

    url = server.create("test_export")
    with connect(url) as connection:
        connection.execute(
            "create table public.amounts (row_id bigint, amount_native numeric(38, 18), bare numeric, is_final boolean,"
            " seen_at timestamptz, missing text[], label text)"
        )
        for row_id, amount in enumerate(AMOUNTS):
            connection.execute(
                "insert into public.amounts values (%s, %s, %s, %s, %s, %s, %s)",
                (
                    row_id,
                    amount,
                    amount,
                    row_id % 2 == 0,
                    "2026-01-01T20:00:00Z",
                    ["FEES", "MEV"],
                    'a "quoted", ünïcode\nline',
                ),
            )
    return url


def _amounts(rows: list[dict[str, Any]], column: str) -> list[Decimal | None]:
    ordered = sorted(rows, key=lambda row: int(row["row_id"]))
    return [None if row[column] in ("", None) else Decimal(row[column]) for row in ordered]


EXACT = [None if amount is None else Decimal(amount) for amount in AMOUNTS]


def test_csv_holds_plain_decimals(url: str, tmp_path: Path) -> None:
    assert export_relation(url, "public.amounts", format="csv", out=tmp_path / "out.csv") == len(AMOUNTS)
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert _amounts(rows, "amount_native") == EXACT
    assert _amounts(rows, "bare") == EXACT
    assert "E" not in (tmp_path / "out.csv").read_text().replace("FEES", "").replace("MEV", "")
    assert rows[0]["seen_at"] == "2026-01-01T20:00:00Z"
    assert rows[0]["label"] == 'a "quoted", ünïcode\nline'


def test_json_lines_hold_decimal_strings_and_no_float(url: str, tmp_path: Path) -> None:
    export_relation(url, "public.amounts", format="jsonl", out=tmp_path / "out.jsonl")

    def no_float(text: str) -> float:
        raise AssertionError(f"{text} is a JSON number with a fraction")

    rows = [json.loads(line, parse_float=no_float) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert _amounts(rows, "amount_native") == EXACT
    assert rows[0]["missing"] == ["FEES", "MEV"]
    assert rows[0]["is_final"] is True


def test_parquet_keeps_precision_and_scale(url: str, tmp_path: Path) -> None:
    export_relation(url, "public.amounts", format="parquet", out=tmp_path / "out.parquet")
    table = parquet.read_table(tmp_path / "out.parquet")
    assert table.schema.field("amount_native").type == pa.decimal128(38, 18)
    assert table.schema.field("bare").type == pa.string()
    rows = table.to_pylist()
    assert _amounts(rows, "amount_native") == EXACT
    assert _amounts(rows, "bare") == EXACT


@pytest.mark.parametrize("relation", ["amounts; drop table public.amounts", "no.such", "", 'public."amounts'])
def test_only_relations_are_exported(url: str, tmp_path: Path, relation: str) -> None:
    with pytest.raises(ExportError):
        export_relation(url, relation, format="csv", out=tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []
    assert export_relation(url, "public.amounts", format="csv", out=tmp_path / "out.csv") == len(AMOUNTS)


def test_an_existing_file_is_replaced_as_a_whole(url: str, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("before")
    with pytest.raises(ExportError):
        export_relation(url, "no.such", format="csv", out=out)
    assert out.read_text() == "before"
    export_relation(url, "public.amounts", format="csv", out=out)
    assert out.read_text() != "before"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
