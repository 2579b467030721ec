"""A validator's P&L: the warehouse's numbers, written out. Nothing is computed here but the change of unit."""

from __future__ import annotations

from typing import Any

from api.chains.service import unknown_chain
from api.kit.amounts import amount_texts
from api.kit.database import Database
from api.kit.pagination import decode_cursor, encode_cursor
from api.kit.periods import FIRST_PERIOD, LAST_PERIOD, number_of, require_range
from api.kit.problems import MalformedCursor
from api.validator_pnl import repository
from api.validator_pnl.schemas import AMOUNTS, PeriodPnl, PnlQuery, ValidatorPnl
from api.validators.service import unknown_validator


async def validator_pnl(database: Database, chain_id: str, validator_key: str, *, query: PnlQuery) -> ValidatorPnl:
    """A page of the validator's P&L, by period.

    Raises:
        MalformedCursor: the cursor is no cursor.
        UnknownChain, UnknownValidator: the path names none.
        InvalidPeriod: ``from`` or ``to`` is no period of the chain.
    """
    after = None if query.cursor is None else _period_of(query.cursor)
    first, last = number_of(query.first, FIRST_PERIOD), number_of(query.last, LAST_PERIOD)
    # Postgres holds no text with a NUL, and its driver would fail on one.
    if "\0" in chain_id:
        raise unknown_chain()
    if "\0" in validator_key:
        raise unknown_validator()
    page = await repository.find_pnl(
        database,
        chain_id,
        validator_key,
        first=first if after is None else max(first, after + 1),
        last=last,
        limit=query.limit + 1,
    )
    if page is None:
        raise unknown_chain()
    require_range(query.first, query.last, period_type=page.units.period_type)
    if not page.has_validator:
        raise unknown_validator()
    items = [_period(row, decimals=page.units.native_decimals) for row in page.rows[: query.limit]]
    return ValidatorPnl(
        **page.units.model_dump(),
        validator_key=validator_key,
        items=items,
        next_cursor=encode_cursor(items[-1].period_id) if len(page.rows) > query.limit else None,
    )


def _period(row: dict[str, Any], *, decimals: int) -> PeriodPnl:
    for name in AMOUNTS:
        native, base_units = amount_texts(row[f"{name}_native"], decimals=decimals)
        row[f"{name}_native"], row[f"{name}_base_units"] = native, base_units
    return PeriodPnl.model_validate(row)


def _period_of(cursor: str) -> int:
    key = decode_cursor(cursor)
    if not (key.isascii() and key.isdigit() and len(key) <= 18):
        raise MalformedCursor("the cursor is one of another collection; take next_cursor of the page before, or none")
    return int(key)
