"""A statement's lines as CSV (RFC 4180), safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from api.statements.rendering.amounts import plain
from api.statements.rendering.columns import COLUMNS, rows_of
from api.statements.rendering.source import Source
from aurora.export import cell_text

# What spreadsheets take for the beginning of a formula, in any width, and what they skip before it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", " ", "＝", "＋", "－", "＠")


def render_csv(source: Source) -> bytes:
    """UTF-8, a header, a row a line: amounts exact in plain notation, instants in UTC, ids separated by blanks."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row, name) for name in COLUMNS] for row in rows_of(source))
    return file.getvalue().encode()


def _cell(row: Mapping[str, Any], name: str) -> str:
    value = row[name]
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, list):
        value = " ".join(value)
    # Numbers are left alone: a leading minus is theirs.
    return _harmless(value) if isinstance(value, str) else cell_text(value)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
