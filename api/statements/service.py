"""Statements over HTTP: the warehouse's numbers, written out. Nothing is computed here but the change of unit."""

from __future__ import annotations

import re
from typing import Any

from api.keys.models import Principal
from api.kit.amounts import amount_texts
from api.kit.database import Database
from api.kit.pagination import PageQuery, decode_cursor, encode_cursor
from api.kit.problems import MalformedCursor, UnknownPartner, UnknownStatement
from api.statements import repository
from api.statements.schemas import (
    LINE_AMOUNTS,
    STATEMENT_AMOUNTS,
    FiatMemo,
    FiatTotal,
    Statement,
    StatementDetail,
    StatementLine,
    StatementPage,
    StatementQuery,
)

_PLACE = re.compile(r"(\d{4}-\d{2}-01)\|([^|]{1,100})\|(\d{1,9})")


async def list_statements(
    database: Database, principal: Principal, partner_id: str, *, query: StatementQuery
) -> StatementPage:
    """A page of the partner's statements that the principal may see.

    Raises:
        MalformedCursor: the cursor is no cursor.
        UnknownPartner: the principal may see no such partner.
    """
    after = None if query.cursor is None else _place_of(query.cursor)
    if "\0" in partner_id or "\0" in (query.chain_id or ""):
        raise _unknown_partner()
    rows = await repository.page_of_statements(
        database, principal, partner_id.lower(), chain_id=query.chain_id, after=after, limit=query.limit + 1
    )
    if not rows:
        raise _unknown_partner()
    found = [row for row in rows if row["statement_id"] is not None]
    items = [_statement(row) for row in found[: query.limit]]
    has_more = len(found) > query.limit
    return StatementPage(
        partner_id=rows[0]["partner_id"],
        partner_name=rows[0]["partner_name"],
        items=items,
        next_cursor=_cursor(items[-1]) if has_more else None,
    )


async def get_statement(
    database: Database, principal: Principal, partner_id: str, statement_id: str, *, query: PageQuery
) -> StatementDetail:
    """A statement that the principal may see, with a page of its lines.

    Raises:
        MalformedCursor: the cursor is no cursor.
        UnknownStatement: the principal may see no such statement of the partner.
    """
    after = 0 if query.cursor is None else _number_of(query.cursor)
    if "\0" in partner_id or "\0" in statement_id:
        raise _unknown_statement()
    rows = await repository.find_statement(
        database, principal, partner_id.lower(), statement_id.lower(), after=after, limit=query.limit + 1
    )
    if not rows:
        raise _unknown_statement()
    found = [row for row in rows if row["line_number"] is not None]
    lines = [_line(row) for row in found[: query.limit]]
    return StatementDetail(
        **_statement(rows[0]).model_dump(),
        partner_id=rows[0]["partner_id"],
        partner_name=rows[0]["partner_name"],
        items=lines,
        next_cursor=encode_cursor(lines[-1].line_number) if len(found) > query.limit else None,
    )


def _statement(row: dict[str, Any]) -> Statement:
    totals = [
        FiatTotal(currency=currency, amount=text) for currency, text in sorted((row["fiat_totals"] or {}).items())
    ]
    return Statement.model_validate({**row, **_amounts(row, STATEMENT_AMOUNTS), "fiat_totals": totals})


def _line(row: dict[str, Any]) -> StatementLine:
    memos = [FiatMemo(currency=currency, **memo) for currency, memo in sorted((row["fiat"] or {}).items())]
    return StatementLine.model_validate({**row, **_amounts(row, LINE_AMOUNTS), "fiat": memos})


def _amounts(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, str | None]:
    texts: dict[str, str | None] = {}
    for name in names:
        native, base_units = amount_texts(row[f"{name}_native"], decimals=row["native_decimals"])
        texts[f"{name}_native"], texts[f"{name}_base_units"] = native, base_units
    return texts


def _cursor(statement: Statement) -> str:
    return encode_cursor(f"{statement.statement_month.isoformat()}|{statement.chain_id}|{statement.revision}")


def _place_of(cursor: str) -> tuple[str, str, int]:
    found = _PLACE.fullmatch(decode_cursor(cursor))
    if found is None or not "01" <= found[1][5:7] <= "12" or found[1] < "0001":
        raise _foreign_cursor()
    return found[1], found[2], int(found[3])


def _number_of(cursor: str) -> int:
    key = decode_cursor(cursor)
    if not (key.isascii() and key.isdigit() and len(key) <= 9):
        raise _foreign_cursor()
    return int(key)


def _foreign_cursor() -> MalformedCursor:
    return MalformedCursor("the cursor is one of another collection; take next_cursor of the page before, or none")


def _unknown_partner() -> UnknownPartner:
    return UnknownPartner("there is no partner with this partner_id, or the key is another partner's")


def _unknown_statement() -> UnknownStatement:
    return UnknownStatement(
        "the partner has no statement with this statement_id that the key may see; "
        "GET /v1/partners/{partner_id}/statements lists them"
    )
