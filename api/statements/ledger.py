"""What the life cycle reads and writes: the drafts that dbt computed, and ``app.statements``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from api.statements.content import LINE_COLUMNS, STATEMENT_COLUMNS
from api.statements.models import Finding, Reference, Statement, StatementError
from aurora.errors import WarehouseError
from aurora.warehouse.connection import connect, parse_url

_SHOWN = "select * from computation.partner_commission_statements"
_LINES = ", ".join(LINE_COLUMNS)
_FIGURES = STATEMENT_COLUMNS[STATEMENT_COLUMNS.index("line_count") :]

_FIND = f"""
    {_SHOWN}
    where
        (%(statement_id)s::text is null or statement_id = %(statement_id)s)
        and (%(partner)s::text is null or partner_id = %(partner)s or partner_name = %(partner)s)
        and (%(chain_id)s::text is null or chain_id = %(chain_id)s)
        and (%(month)s::date is null or statement_month = %(month)s)
    order by status = 'VOID', revision desc
    limit 1
"""
_LIST = f"""
    {_SHOWN}
    where
        (%(partner)s::text is null or partner_id = %(partner)s or partner_name = %(partner)s)
        and (%(chain_id)s::text is null or chain_id = %(chain_id)s)
        and (%(month)s::date is null or statement_month = %(month)s)
        and (%(status)s::text is null or status = %(status)s)
    order by partner_name collate "C", chain_id collate "C", statement_month, revision
"""
_FINDINGS = """
    select code, period_id, validator_key, detail
    from computation.statement_findings
    where statement_id = %s
    order by period_id, code collate "C", validator_key collate "C" nulls first
"""
# Everything earlier of the partner and chain that is not frozen; a void month counts until its next revision does.
_EARLIER = """
    select min(statement_month)
    from (
        select statement_month
        from computation.partner_commission_statements
        where partner_id = %(partner_id)s and chain_id = %(chain_id)s and status in ('DRAFT', 'PENDING_APPROVAL')
        union all
        select statement_month
        from computation.statement_revisions
        where partner_id = %(partner_id)s and chain_id = %(chain_id)s and not is_frozen
    ) as unfrozen
    where statement_month < %(month)s
"""
_LAST_FROZEN = """
    select statement_month, status, balance_native
    from app.statements
    where partner_id = %s and chain_id = %s and status in ('APPROVED', 'RELEASED', 'PAID')
    order by statement_month desc
    limit 1
"""
_STATED_ALREADY = """
    select count(*)
    from computation.statement_draft_lines as drafted
    inner join app.statement_lines as lines
        on
            drafted.agreement_id = lines.agreement_id::text
            and drafted.rule_key = lines.rule_key
            and drafted.chain_id = lines.chain_id
            and drafted.period_id = lines.period_id
            and drafted.validator_key = lines.validator_key
            and drafted.revenue_component = lines.revenue_component
    inner join app.statements as statements on lines.statement_id = statements.statement_id
    where
        drafted.statement_id = %s
        and drafted.line_kind = 'LINE'
        and statements.status in ('APPROVED', 'RELEASED', 'PAID')
"""
_HAS_ENDED = "select (%s::date + interval '1 month') at time zone 'UTC' <= now()"

_STATED = ", ".join(
    f"{name}::uuid" if name == "agreement_id" else name for name in ("statement_id::uuid", *LINE_COLUMNS)
)
_COPY_LINES = f"""
    insert into app.statement_lines (statement_id, {_LINES})
    select {_STATED}
    from computation.statement_draft_lines
    where statement_id = %s
"""
_RECORD = """
    insert into app.statements (statement_id, partner_id, chain_id, statement_month, revision, status)
    values (%(statement_id)s, %(partner_id)s, %(chain_id)s, %(statement_month)s, %(revision)s, 'DRAFT')
    on conflict (statement_id) do nothing
"""


@contextmanager
def transaction(url: str) -> Iterator[psycopg.Connection[Any]]:
    """One transaction on the warehouse, whose rows are dictionaries.

    Raises:
        WarehouseError: the database is not reached, not migrated or not built.
        StatementError: the database itself refuses what the rules forbid.
    """
    place = parse_url(url).place
    try:
        with connect(url) as connection:
            connection.row_factory = dict_row  # type: ignore[assignment]
            yield connection
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedColumn):
        raise WarehouseError(f"{place} has no statements yet: run `aurora transform` first") from None
    except psycopg.errors.InsufficientPrivilege:
        raise WarehouseError(
            f"{place}: the user of DATABASE_URL may not write app.statements: take its owner"
        ) from None
    except (psycopg.errors.RestrictViolation, psycopg.errors.CheckViolation) as error:
        raise StatementError(f"refused by the database: {error.diag.message_primary}") from None


def find(connection: psycopg.Connection[Any], reference: Reference) -> Statement:
    """The statement that is meant; of several revisions, the one that counts.

    Raises:
        StatementError: there is none.
    """
    if reference.statement_id is None and not (reference.partner and reference.chain_id and reference.month):
        raise StatementError("name a statement by its id, or by --partner, --chain and --month")
    parameters = {
        "statement_id": reference.statement_id,
        "partner": reference.partner,
        "chain_id": reference.chain_id,
        "month": reference.month,
    }
    row = None if _has_nul(parameters) else connection.execute(_FIND.encode(), parameters).fetchone()
    if row is None:
        named = reference.statement_id or f"{reference.month:%Y-%m} of {reference.partner} on {reference.chain_id}"
        raise StatementError(f"there is no statement {named}; `aurora statements list` shows them")
    return Statement(row)


def search(
    connection: psycopg.Connection[Any], *, partner: str | None, chain_id: str | None, month: Any, status: str | None
) -> list[Statement]:
    """The statements that fit, by partner, chain, month and revision."""
    parameters = {"partner": partner, "chain_id": chain_id, "month": month, "status": status}
    if _has_nul(parameters):
        return []
    return [Statement(row) for row in connection.execute(_LIST.encode(), parameters).fetchall()]


def lock(connection: psycopg.Connection[Any], statement: Statement) -> Statement:
    """The statement as it is once nobody else moves one of the partner's; until the transaction ends nobody will."""
    connection.execute(
        "select 1 from app.partners where partner_id = %s for no key update", (statement.columns["partner_id"],)
    )
    connection.execute("select 1 from app.statements where statement_id = %s for update", (statement.statement_id,))
    row = connection.execute(f"{_SHOWN} where statement_id = %s".encode(), (statement.statement_id,)).fetchone()
    if row is None:
        raise StatementError(f"{statement} is no longer computed: run `aurora transform`, then look again")
    return Statement(row)


def findings(connection: psycopg.Connection[Any], statement_id: str) -> list[Finding]:
    """What keeps a statement from approval."""
    return [Finding(**row) for row in connection.execute(_FINDINGS.encode(), (statement_id,)).fetchall()]


def draft(connection: psycopg.Connection[Any], statement_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """What an open statement says today: its figures, and its lines by number; None where it is not computed."""
    return _content(connection, "computation.statement_drafts", "computation.statement_draft_lines", statement_id)


def frozen(
    connection: psycopg.Connection[Any], statement_id: str
) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """What was copied of an approved statement."""
    return _content(connection, "app.statements", "app.statement_lines", statement_id)


def shown_lines(connection: psycopg.Connection[Any], statement_id: str) -> list[dict[str, Any]]:
    """The lines of a statement as every view shows them."""
    query = "select * from computation.partner_commission_statement_lines where statement_id = %s order by line_number"
    return connection.execute(query.encode(), (statement_id,)).fetchall()


def has_ended(connection: psycopg.Connection[Any], month: Any) -> bool:
    """Whether a month is over, UTC."""
    row = connection.execute(f"{_HAS_ENDED} as has_ended".encode(), (month,)).fetchone()
    return bool(row["has_ended"]) if row else False


def earliest_unfrozen_before(connection: psycopg.Connection[Any], statement: Statement) -> Any:
    """The earliest month before the statement's whose own is not approved, or None."""
    row = connection.execute(
        f"select ({_EARLIER}) as month".encode(),
        {
            "partner_id": statement.columns["partner_id"],
            "chain_id": statement.columns["chain_id"],
            "month": statement.month,
        },
    ).fetchone()
    return row["month"] if row else None


def last_frozen(connection: psycopg.Connection[Any], statement: Statement) -> dict[str, Any] | None:
    """Month, status and balance of the partner's last frozen statement on the chain."""
    row: dict[str, Any] | None = connection.execute(
        _LAST_FROZEN.encode(), (statement.columns["partner_id"], statement.columns["chain_id"])
    ).fetchone()
    return row


def is_stated_already(connection: psycopg.Connection[Any], statement_id: str) -> bool:
    """Whether a line of the draft stands in a frozen statement: it was computed before that one was approved."""
    row = connection.execute(_STATED_ALREADY.encode(), (statement_id,)).fetchone()
    return bool(row and row["count"])


def copy_lines(connection: psycopg.Connection[Any], statement_id: str) -> None:
    """Copy the draft's lines to where they never change."""
    connection.execute(_COPY_LINES.encode(), (statement_id,))


def state(connection: psycopg.Connection[Any], statement_id: str) -> dict[str, Any] | None:
    """The row of ``app.statements``, for the audit log."""
    row = connection.execute("select * from app.statements where statement_id = %s", (statement_id,)).fetchone()
    return {name: value for name, value in row.items() if value is not None} if row else None


def record(connection: psycopg.Connection[Any], statement: Statement) -> None:
    """Give a statement that never moved a row."""
    connection.execute(_RECORD.encode(), dict(statement.columns))


def change(connection: psycopg.Connection[Any], statement_id: str, values: Mapping[str, Any], *, at: str = "") -> None:
    """Set columns of a statement's row; ``at`` names one that becomes the present instant."""
    settings = [f"{name} = %({name})s" for name in values]
    if at:
        settings.append(f"{at} = now()")
    parameters = {name: Jsonb(value) if isinstance(value, dict) else value for name, value in values.items()}
    connection.execute(
        f"update app.statements set {', '.join(settings)} where statement_id = %(statement_id)s".encode(),
        {**parameters, "statement_id": statement_id},
    )


def figures_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """The figures that are frozen with a statement."""
    return {name: content[name] for name in _FIGURES}


def _content(
    connection: psycopg.Connection[Any], statements: str, lines: str, statement_id: str
) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    head = connection.execute(
        f"select {', '.join(STATEMENT_COLUMNS)} from {statements} where statement_id = %s".encode(), (statement_id,)
    ).fetchone()
    if head is None:
        return None
    rows = connection.execute(
        f"select {_LINES} from {lines} where statement_id = %s order by line_number".encode(), (statement_id,)
    ).fetchall()
    return head, rows


def _has_nul(parameters: Mapping[str, Any]) -> bool:
    return any(isinstance(value, str) and "\0" in value for value in parameters.values())
