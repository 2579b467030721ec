"""What a rendering is made of, read at one instant, and only if it is whole and says what was approved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg

from api.statements import ledger
from api.statements.content import content_hash
from api.statements.models import Reference, Statement, StatementError
from api.statements.rendering.amounts import exact_sum

_CHAIN = "select chain_name, period_type from canonical.chains where chain_id = %s"
# Of a line that a voided revision states too, the revision that counts; months are voided in the opposite order of
# approval, so behind a frozen statement this never changes.
_CORRECTED = """
    select distinct on (lines.line_id)
        lines.line_id,
        statements.statement_month,
        statements.revision,
        lines.line_number,
        lines.amount_native
    from app.statements as statements
    inner join app.statement_lines as lines on statements.statement_id = lines.statement_id
    where
        statements.partner_id = %(partner_id)s
        and statements.chain_id = %(chain_id)s
        and statements.status in ('APPROVED', 'RELEASED', 'PAID')
        and lines.line_id = any(%(line_ids)s)
    order by lines.line_id, statements.statement_month, statements.revision
"""
_PAYLOADS = """
    select payload_id, min(provider) as provider, min(endpoint) as endpoint, min(first_seen_at) as first_seen_at
    from stg.stg_ops__payload_sightings
    where payload_id = any(%(payload_ids)s)
    group by payload_id
"""


@dataclass(frozen=True, slots=True)
class StatedLine:
    """Where a corrected line was first stated, and what it said."""

    statement_month: date
    revision: int
    line_number: int
    amount_native: Decimal


@dataclass(frozen=True, slots=True)
class Payload:
    """Who sent a payload that changed something, and when it came; by data that is only ever appended to."""

    provider: str
    endpoint: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """A statement with its lines by number, and what explains its corrections.

    ``corrected`` is by line id and ``payloads`` by payload id; what nothing is known of is in neither.
    """

    statement: Statement
    lines: list[dict[str, Any]]
    chain_name: str
    period_type: str
    """EPOCH or DAY."""
    corrected: Mapping[str, StatedLine]
    payloads: Mapping[str, Payload]

    @property
    def is_frozen(self) -> bool:
        """Whether its figures were approved, also if they were voided later."""
        return self.statement.columns["approved_at"] is not None


def read_source(url: str, reference: Reference) -> Source:
    """Read a statement with everything that its renderings say.

    Raises:
        StatementError: there is none; its lines are not what its figures say; or what was frozen is not what was
            approved.
        WarehouseError: the database is not reached, not migrated or not built.
    """
    with ledger.transaction(url) as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        statement = ledger.find(connection, reference)
        lines = ledger.shown_lines(connection, statement.statement_id)
        _require_whole(statement, lines)
        _require_as_approved(connection, statement)
        chain = connection.execute(_CHAIN, (statement.columns["chain_id"],)).fetchone()
        return Source(
            statement=statement,
            lines=lines,
            chain_name=chain["chain_name"] if chain else statement.columns["chain_id"],
            period_type=chain["period_type"] if chain else "EPOCH",
            corrected=_corrected(connection, statement, lines),
            payloads=_payloads(connection, lines),
        )


def _require_whole(statement: Statement, lines: list[dict[str, Any]]) -> None:
    columns = statement.columns
    stated = [line["amount_native"] for line in lines if line["line_kind"] == "LINE"]
    corrections = [line["amount_native"] for line in lines if line["line_kind"] != "LINE"]
    if columns["line_count"] is None and not lines:
        return  # voided before its approval: it never had figures
    if (len(lines), exact_sum(stated), exact_sum(corrections), exact_sum(stated + corrections)) != (
        columns["line_count"],
        columns["lines_native"],
        columns["adjustments_native"],
        columns["total_commission_native"],
    ):
        raise StatementError(
            f"{statement} is not computed as a whole, its lines do not add up to its total: run `aurora transform`,"
            " then render it again"
        )


def _require_as_approved(connection: psycopg.Connection[Any], statement: Statement) -> None:
    if statement.columns["approved_at"] is None:
        return
    content = ledger.frozen(connection, statement.statement_id)
    if content is None or content_hash(*content) != statement.columns["content_hash"]:
        raise StatementError(
            f"{statement} does not say what was approved, so nothing is rendered: `aurora statements verify"
            f" {statement.statement_id}` says the same; the audit log and a backup tell what was"
        )


def _corrected(
    connection: psycopg.Connection[Any], statement: Statement, lines: list[dict[str, Any]]
) -> dict[str, StatedLine]:
    wanted = sorted({line["corrects_line_id"] for line in lines if line["corrects_line_id"]})
    if not wanted:
        return {}
    parameters = {
        "partner_id": statement.columns["partner_id"],
        "chain_id": statement.columns["chain_id"],
        "line_ids": wanted,
    }
    rows = connection.execute(_CORRECTED, parameters).fetchall()
    return {row.pop("line_id"): StatedLine(**row) for row in rows}


def _payloads(connection: psycopg.Connection[Any], lines: list[dict[str, Any]]) -> dict[str, Payload]:
    wanted = sorted({payload_id for line in lines for payload_id in line["payload_ids"] or ()})
    if not wanted:
        return {}
    rows = connection.execute(_PAYLOADS, {"payload_ids": wanted}).fetchall()
    return {row.pop("payload_id"): Payload(**row) for row in rows}
