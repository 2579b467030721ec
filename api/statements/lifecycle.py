"""The moves of a statement, each in one transaction with its entry in the audit log.

``DRAFT → PENDING_APPROVAL → APPROVED → RELEASED → PAID``, and ``VOID`` until it is released. Nothing is computed here:
figures are those of ``computation.statement_drafts``, and approval copies them.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

from api.audit.service import record_entry
from api.statements import ledger
from api.statements.content import content_hash
from api.statements.models import (
    Reference,
    Statement,
    StatementDetail,
    StatementError,
    Status,
    Verification,
)

_MOST_NAMED = 3

Connection = psycopg.Connection[Any]


def list_statements(
    url: str,
    *,
    partner: str | None = None,
    chain_id: str | None = None,
    month: date | None = None,
    status: str | None = None,
) -> list[Statement]:
    """Statements by partner, chain, month and revision; ``partner`` is a name or an id.

    Raises:
        WarehouseError: the database is not reached, not migrated or not built.
    """
    with ledger.transaction(url) as connection:
        return ledger.search(connection, partner=partner, chain_id=chain_id, month=month, status=status)


def show_statement(url: str, reference: Reference) -> StatementDetail:
    """A statement with its lines and what keeps it from approval.

    Raises:
        StatementError: there is no such statement.
        WarehouseError: the database is not reached, not migrated or not built.
    """
    with ledger.transaction(url) as connection:
        statement = ledger.find(connection, reference)
        is_open = statement.status in (Status.DRAFT, Status.PENDING_APPROVAL)
        return StatementDetail(
            statement=statement,
            lines=ledger.shown_lines(connection, statement.statement_id),
            findings=ledger.findings(connection, statement.statement_id) if is_open else [],
        )


def submit(url: str, reference: Reference, *, actor: str) -> Statement:
    """Put a draft up for approval.

    Raises:
        StatementError: it is no draft, its month still runs, or something keeps it from approval.
    """
    with ledger.transaction(url) as connection:
        statement = _locked(connection, reference, Status.DRAFT, move="submitted")
        head, lines = _approvable_content(connection, statement, move="submitted")
        ledger.record(connection, statement)
        return _move(
            connection,
            statement,
            actor=actor,
            action="statement.submit",
            at="submitted_at",
            values={
                "status": Status.PENDING_APPROVAL,
                "content_hash": content_hash(head, lines),
                "submitted_by": actor,
            },
        )


def approve(url: str, reference: Reference, *, actor: str) -> Statement:
    """Freeze a submitted statement: its lines and figures are copied, and never change again.

    Where what it states is no longer what was submitted, it goes back to DRAFT, and the approval is refused.

    Raises:
        StatementError: it was not submitted, or has changed since; an earlier month is not approved; or something
            keeps it from approval.
    """
    with ledger.transaction(url) as connection:
        statement = _locked(connection, reference, Status.PENDING_APPROVAL, move="approved")
        _require_order(connection, statement)
        head, lines = _approvable_content(connection, statement, move="approved")
        has_changed = content_hash(head, lines) != statement.columns["content_hash"]
        if has_changed:
            _return_to_draft(connection, statement, actor=actor)
        else:
            _require_current(connection, statement, head)
            return _freeze(connection, statement, head, actor=actor)
    raise StatementError(
        f"{statement} no longer states what was submitted: it is a DRAFT again; look at it, then submit it anew"
    )


def release(url: str, reference: Reference, *, actor: str, two_person: bool = False) -> Statement:
    """Let the partner see an approved statement; with ``two_person`` by another than who approved it.

    Raises:
        StatementError: it is not approved, or the same person approved it.
    """
    with ledger.transaction(url) as connection:
        statement = _locked(connection, reference, Status.APPROVED, move="released")
        approver = (ledger.state(connection, statement.statement_id) or {}).get("approved_by")
        if two_person and approver == actor:
            raise StatementError(
                f"{statement} cannot be released by {actor}, who approved it: AURORA_TWO_PERSON_RELEASE is set"
            )
        return _move(
            connection,
            statement,
            actor=actor,
            action="statement.release",
            at="released_at",
            values={"status": Status.RELEASED, "released_by": actor},
        )


def pay(url: str, reference: Reference, *, payment_reference: str, actor: str) -> Statement:
    """Record that a released statement was paid, and by which payment.

    Raises:
        StatementError: it is not released, or the reference is blank.
    """
    if not payment_reference.strip():
        raise StatementError("a payment needs its reference: add --reference")
    with ledger.transaction(url) as connection:
        statement = _locked(connection, reference, Status.RELEASED, move="paid")
        return _move(
            connection,
            statement,
            actor=actor,
            action="statement.pay",
            at="paid_at",
            values={"status": Status.PAID, "paid_by": actor, "payment_reference": payment_reference.strip()},
        )


def void(url: str, reference: Reference, *, reason: str, actor: str) -> Statement:
    """Make a statement count no more; with the next transform its next revision opens.

    Raises:
        StatementError: it is released already, a later month is frozen, or the reason is blank.
    """
    if not reason.strip():
        raise StatementError("a statement is voided for a reason: add --reason")
    with ledger.transaction(url) as connection:
        statement = _locked(
            connection, reference, Status.DRAFT, Status.PENDING_APPROVAL, Status.APPROVED, move="voided"
        )
        last = ledger.last_frozen(connection, statement)
        if last is not None and last["statement_month"] > statement.month:
            raise StatementError(
                f"{statement} cannot be voided: {last['statement_month']:%Y-%m} is {last['status']} and rests on it;"
                " void that one first, or let a correction be posted to the next open statement"
            )
        ledger.record(connection, statement)
        return _move(
            connection,
            statement,
            actor=actor,
            action="statement.void",
            at="voided_at",
            values={"status": Status.VOID, "voided_by": actor, "void_reason": reason.strip()},
        )


def refresh(url: str, *, actor: str) -> list[Statement]:
    """Put back to DRAFT what was submitted and states something else now; after every transform.

    Raises:
        WarehouseError: the database is not reached, or not migrated.
    """
    with ledger.transaction(url) as connection:
        built = connection.execute(
            "select to_regclass('computation.statement_drafts') is not null"
            " and to_regclass('computation.partner_commission_statements') is not null as is_built"
        ).fetchone()
        if not built or not built["is_built"]:
            return []
        pending = ledger.search(connection, partner=None, chain_id=None, month=None, status=Status.PENDING_APPROVAL)
        returned = []
        for found in pending:
            statement = ledger.lock(connection, found)
            content = ledger.draft(connection, statement.statement_id)
            is_pending = statement.status is Status.PENDING_APPROVAL
            if is_pending and (content is None or content_hash(*content) != statement.columns["content_hash"]):
                returned.append(_return_to_draft(connection, statement, actor=actor))
        return returned


def verify(url: str, reference: Reference | None = None) -> list[Verification]:
    """Compute the hash of a frozen statement, or of all, from what was copied.

    Raises:
        StatementError: the statement was never approved.
    """
    with ledger.transaction(url) as connection:
        wanted = None if reference is None else ledger.find(connection, reference).statement_id
        rows = connection.execute(
            "select statement_id::text as statement_id, content_hash from app.statements"
            " where approved_at is not null and (%(wanted)s::text is null or statement_id::text = %(wanted)s)"
            " order by statement_month, chain_id, partner_id, revision",
            {"wanted": wanted},
        ).fetchall()
        if wanted is not None and not rows:
            raise StatementError(f"statement {wanted} was never approved: there is nothing frozen to verify")
        checked = []
        for row in rows:
            content = ledger.frozen(connection, row["statement_id"])
            checked.append(
                Verification(
                    statement_id=row["statement_id"],
                    recorded_hash=row["content_hash"],
                    computed_hash=content_hash(*content) if content else "",
                )
            )
        return checked


def _locked(connection: Connection, reference: Reference, *allowed: Status, move: str) -> Statement:
    statement = ledger.lock(connection, ledger.find(connection, reference))
    if statement.status not in allowed:
        raise StatementError(
            f"{statement} is {statement.status} and cannot be {move}: only one that is {' or '.join(allowed)} can"
        )
    return statement


def _approvable_content(
    connection: Connection, statement: Statement, *, move: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    if not ledger.has_ended(connection, statement.month):
        raise StatementError(f"{statement} cannot be {move}: the month is not over (UTC)")
    found = ledger.findings(connection, statement.statement_id)
    if found:
        named = "; ".join(str(finding) for finding in found[:_MOST_NAMED])
        more = f"; and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        raise StatementError(f"{statement} cannot be {move}: {named}{more}")
    content = ledger.draft(connection, statement.statement_id)
    if content is None or content[0]["line_count"] != len(content[1]):
        raise StatementError(f"{statement} is not computed as a whole: run `aurora transform`, then try again")
    return content


def _require_order(connection: Connection, statement: Statement) -> None:
    earlier = ledger.earliest_unfrozen_before(connection, statement)
    if earlier is not None:
        raise StatementError(
            f"{statement} cannot be approved: months are approved in order, and {earlier:%Y-%m} is not approved yet"
        )


def _require_current(connection: Connection, statement: Statement, head: dict[str, Any]) -> None:
    """Refuse a draft that was computed before a statement it rests on was moved."""
    last = ledger.last_frozen(connection, statement)
    is_behind = last is not None and last["statement_month"] >= statement.month
    carried = last["balance_native"] if last else 0
    if is_behind or head["carried_native"] != carried or ledger.is_stated_already(connection, statement.statement_id):
        raise StatementError(
            f"{statement} was computed before other statements of the partner were moved: run `aurora transform`, then"
            " look at it again"
        )


def _freeze(connection: Connection, statement: Statement, head: dict[str, Any], *, actor: str) -> Statement:
    ledger.copy_lines(connection, statement.statement_id)
    moved = _move(
        connection,
        statement,
        actor=actor,
        action="statement.approve",
        at="approved_at",
        values={"status": Status.APPROVED, "approved_by": actor, **ledger.figures_of(head)},
    )
    copied = ledger.frozen(connection, statement.statement_id)
    if copied is None or content_hash(*copied) != statement.columns["content_hash"]:
        # Nothing of this is committed.
        raise StatementError(f"{statement} was being computed anew: wait for the transform, then approve it")
    return moved


def _return_to_draft(connection: Connection, statement: Statement, *, actor: str) -> Statement:
    return _move(
        connection,
        statement,
        actor=actor,
        action="statement.return",
        values={"status": Status.DRAFT, "content_hash": None, "submitted_by": None, "submitted_at": None},
    )


def _move(
    connection: Connection, statement: Statement, *, actor: str, action: str, values: dict[str, Any], at: str = ""
) -> Statement:
    if not actor.strip():
        raise StatementError("a move is somebody's: add --actor")
    before = ledger.state(connection, statement.statement_id)
    ledger.change(connection, statement.statement_id, values, at=at)
    record_entry(
        connection,
        actor=actor,
        action=action,
        subject_type="statement",
        subject_id=statement.statement_id,
        before=before,
        after=ledger.state(connection, statement.statement_id),
    )
    columns = {**statement.columns, **{name: values[name] for name in values if name in statement.columns}}
    return Statement(columns)
