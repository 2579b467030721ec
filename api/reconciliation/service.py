"""Accepting a difference between two providers: what ``aurora reconcile`` does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg

from api.audit.service import Entry, record_entries
from api.inputs import values
from api.inputs.problems import WrongValueError
from api.kit.writing import session, writing
from aurora.errors import AuroraError
from aurora.registry.registry import Registry

_KEY = """
    chain_id = %(chain_id)s and period_id = %(period_id)s and validator_key = %(validator_key)s
    and metric = %(metric)s and provider_a = %(provider_a)s and provider_b = %(provider_b)s
"""
_CELL = f"select value_a, value_b, is_within_tolerance from canonical.reconciliation where {_KEY}"
_CURRENT = f"""
    select acceptance_id, value_a, value_b, reason
    from app.reconciliation_acceptances where superseded_at is null and {_KEY}
"""
_RECORD = """
    insert into app.reconciliation_acceptances (
        acceptance_id, chain_id, period_id, validator_key, metric, provider_a, provider_b, value_a, value_b, reason,
        recorded_by, recorded_at
    ) values (
        %(acceptance_id)s, %(chain_id)s, %(period_id)s, %(validator_key)s, %(metric)s, %(provider_a)s, %(provider_b)s,
        %(value_a)s, %(value_b)s, %(reason)s, %(recorded_by)s, %(recorded_at)s
    )
"""
_SUPERSEDE = "update app.reconciliation_acceptances set superseded_at = %s where acceptance_id = %s"
_LIST = """
    select
        breaks.chain_id, breaks.period_id, breaks.validator_key, breaks.metric, breaks.provider_a, breaks.provider_b,
        breaks.value_a, breaks.value_b, accepted.reason, accepted.recorded_by
    from canonical.reconciliation as breaks
    left join app.reconciliation_acceptances as accepted
        on
            accepted.superseded_at is null
            and breaks.chain_id = accepted.chain_id
            and breaks.period_id = accepted.period_id
            and breaks.validator_key = accepted.validator_key
            and breaks.metric = accepted.metric
            and breaks.provider_a = accepted.provider_a
            and breaks.provider_b = accepted.provider_b
            and breaks.value_a = accepted.value_a
            and breaks.value_b = accepted.value_b
    where not breaks.is_within_tolerance
    order by
        breaks.chain_id, breaks.period_id, breaks.validator_key, breaks.metric, breaks.provider_a, breaks.provider_b
"""


class CellName(NamedTuple):
    """A cell that two providers told, as people write it."""

    chain: str
    period: str
    validator: str
    metric: str
    provider_a: str
    provider_b: str


class Difference(NamedTuple):
    """A difference beyond tolerance; without a reason it is not accepted for these values."""

    chain: str
    period_id: int
    validator: str
    metric: str
    provider_a: str
    provider_b: str
    value_a_native: Decimal
    value_b_native: Decimal
    reason: str | None
    accepted_by: str | None


def accept(url: str, registry: Registry, cell: CellName, *, reason: str, actor: str) -> bool:
    """Accept the two values that a cell has now; False where they are accepted already.

    Raises:
        AuroraError: there is no such cell, it is within tolerance, or there is no reason.
        WarehouseError: the database is not reached or not migrated.
    """
    if not reason.strip() or "\0" in reason:
        raise AuroraError("a reason is needed: whoever approves reads it")
    key = _key(registry, cell)
    with writing(url, actor=actor) as transaction:
        connection = transaction.connection
        value_a, value_b = _beyond_tolerance(connection, key, cell)
        row = connection.execute(_CURRENT.encode(), key).fetchone()
        current: tuple[UUID, Decimal, Decimal, str] | None = row
        if current is not None and current[1:3] == (value_a, value_b):
            return False
        if current is not None:
            connection.execute(_SUPERSEDE, (transaction.at, current[0]))
        new = {"acceptance_id": uuid4(), "value_a": value_a, "value_b": value_b, "reason": reason.strip()}
        connection.execute(_RECORD, {**key, **new, "recorded_by": actor, "recorded_at": transaction.at})
        before = {**key, "value_a": current[1], "value_b": current[2], "reason": current[3]} if current else None
        after = {**key, "value_a": value_a, "value_b": value_b, "reason": reason.strip()}
        subject = str(new["acceptance_id"])
        entry = Entry("reconciliation.accepted", "reconciliation_acceptance", subject, before, after)
        record_entries(connection, actor=actor, entries=[entry])
    return True


def list_differences(url: str) -> list[Difference]:
    """Every difference beyond tolerance, accepted or not.

    Raises:
        AuroraError: the warehouse is not built.
        WarehouseError: the database is not reached or not migrated.
    """
    with session(url) as connection:
        _require_built(connection)
        return [Difference(*row) for row in connection.execute(_LIST.encode()).fetchall()]


def _key(registry: Registry, cell: CellName) -> dict[str, Any]:
    chain = registry.chain(cell.chain)
    try:
        period = values.period(cell.period, chain=chain)
    except WrongValueError as error:
        raise AuroraError(f"period {error}") from None
    try:
        validator = values.validator_key(cell.validator, chain=chain)
    except WrongValueError as error:
        raise AuroraError(f"validator {error}") from None
    return {
        "chain_id": cell.chain,
        "period_id": period,
        "validator_key": validator,
        "metric": cell.metric,
        "provider_a": cell.provider_a,
        "provider_b": cell.provider_b,
    }


def _beyond_tolerance(
    connection: psycopg.Connection[Any], key: dict[str, Any], cell: CellName
) -> tuple[Decimal, Decimal]:
    _require_built(connection)
    row = connection.execute(_CELL.encode(), key).fetchone()
    named = f"{cell.metric} of {cell.validator} in {cell.chain} {cell.period}, {cell.provider_a} and {cell.provider_b}"
    if row is None:
        raise AuroraError(f"nobody compared {named}; `aurora reconcile list` shows the differences")
    value_a, value_b, is_within_tolerance = row
    if is_within_tolerance:
        raise AuroraError(f"{named} agree within tolerance: there is nothing to accept")
    return value_a, value_b


def _require_built(connection: psycopg.Connection[Any]) -> None:
    [(is_built,)] = connection.execute("select to_regclass('canonical.reconciliation') is not null").fetchall()
    if not is_built:
        raise AuroraError("the warehouse is not built, so nothing is compared: `aurora transform` does it")
