"""Prices from CSV: what ``aurora prices import`` does."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from api.inputs import values
from api.inputs.csv_files import Imported, Line, read_csv, refuse_repeats
from api.inputs.keyed_rows import KeyedTable, record_rows
from api.inputs.problems import WrongValueError
from api.kit.writing import writing
from aurora.registry.registry import Registry

HEADER = ("chain", "currency", "at", "price")

_TABLE = KeyedTable(
    subject="price", name="prices", id_column="price_id", key=("chain_id", "currency", "at"), value=("price",)
)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_PRICE = re.compile(r"\d{1,20}(?:\.\d{1,18})?", re.ASCII)


def import_prices(url: str, path: Path, registry: Registry, *, actor: str) -> Imported:
    """Record the prices of a CSV: all of them, or none.

    Raises:
        InputError: lines are wrong; every one of them, with its number and reason.
        WarehouseError: the database is not reached or not migrated.
    """
    lines, problems = read_csv(path, HEADER)
    found = [(line, _row(line, registry)) for line in lines]
    rows = [(line, row) for line, row in found if row is not None]
    refuse_repeats(((line, row[:3]) for line, row in rows), "chain, currency and instant")
    problems.refuse()
    with writing(url, actor=actor) as transaction:
        return record_rows(transaction, _TABLE, [row for _, row in rows])


def _row(line: Line, registry: Registry) -> tuple[Any, ...] | None:
    chain = line.chain(registry)
    currency = line.read("currency", _currency)
    at = line.read("at", values.instant)
    price = line.read("price", _price)
    if chain is None or currency is None or at is None or price is None:
        return None
    return (chain.chain_id, currency, at, price)


def _currency(text: str) -> str:
    if not _CURRENCY.fullmatch(text):
        raise WrongValueError("must be three capital letters, such as USD")
    return text


def _price(text: str) -> Decimal:
    if not _PRICE.fullmatch(text) or not Decimal(text):
        raise WrongValueError("must be a decimal above zero: at most 20 digits, a point, 18 more")
    return Decimal(text)
