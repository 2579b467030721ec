"""Overrides of commission lines: what ``aurora overrides`` does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg

from api.agreements.recorded import RecordedAgreement, read_recorded
from api.agreements.terms import COMPONENTS
from api.audit.service import Entry, record_entries
from api.inputs import values
from api.inputs.problems import WrongValueError
from api.kit.writing import Writing, session, writing
from aurora.errors import AuroraError
from aurora.registry.registry import Registry

_KEY = """
    agreement_id = %(agreement_id)s and rule_key = %(rule_key)s and chain_id = %(chain_id)s
    and period_id = %(period_id)s and validator_key = %(validator_key)s and revenue_component = %(revenue_component)s
"""
# The warehouse has ids as text.
_COMPUTED = f"""
    select pre_override_amount_native
    from computation.partner_commission_lines
    where {_KEY.replace("%(agreement_id)s", "%(agreement_id)s::text")}
"""
_CURRENT = f"""
    select override_id, override_amount_native, computed_amount_native, reason
    from app.commission_overrides where superseded_at is null and {_KEY}
"""
_RECORD = """
    insert into app.commission_overrides (
        override_id, agreement_id, rule_key, chain_id, period_id, validator_key, revenue_component,
        override_amount_native, computed_amount_native, reason, recorded_by, recorded_at
    ) values (
        %(override_id)s, %(agreement_id)s, %(rule_key)s, %(chain_id)s, %(period_id)s, %(validator_key)s,
        %(revenue_component)s, %(override)s, %(computed)s, %(reason)s, %(recorded_by)s, %(recorded_at)s
    )
"""
_SUPERSEDE = "update app.commission_overrides set superseded_at = %s where override_id = %s"
_LIST = """
    select
        partners.name as partner, agreements.name as agreement, overrides.rule_key, overrides.chain_id,
        overrides.period_id, overrides.validator_key, overrides.revenue_component, overrides.override_amount_native,
        overrides.computed_amount_native, overrides.reason, overrides.recorded_by, overrides.recorded_at,
        overrides.agreement_id
    from app.commission_overrides as overrides
    inner join app.agreements as agreements on overrides.agreement_id = agreements.agreement_id
    inner join app.partners as partners on agreements.partner_id = partners.partner_id
    where overrides.superseded_at is null
    order by partners.name collate "C", agreements.name collate "C", overrides.chain_id, overrides.period_id,
        overrides.validator_key, overrides.revenue_component, overrides.rule_key
"""


@dataclass(frozen=True, slots=True)
class LineName:
    """The line that an override is of, as people write it."""

    partner: str
    agreement: str
    rule_key: str
    chain: str
    period: str
    validator: str
    component: str


@dataclass(frozen=True, slots=True)
class Override:
    """An override in force, and what is computed for its line now."""

    line: LineName
    amount_native: Decimal
    computed_then_native: Decimal | None
    computed_now_native: Decimal | None
    reason: str
    recorded_by: str
    recorded_at: datetime

    @property
    def is_stale(self) -> bool:
        """Whether the computed amount has changed since: statements wait until it is confirmed."""
        return self.computed_then_native != self.computed_now_native


class _Current(NamedTuple):
    override_id: UUID
    amount_native: Decimal
    computed_native: Decimal | None
    reason: str


_Key = dict[str, Any]


def set_override(url: str, registry: Registry, line: LineName, *, amount: str, reason: str, actor: str) -> bool:
    """Set what a line is, in place of an earlier override of it; False where it is set so already.

    Raises:
        AuroraError: no rule in force could have the line, or the amount or the reason cannot be right.
        WarehouseError: the database is not reached or not migrated.
    """
    reason = _reason(reason)
    with writing(url, actor=actor) as transaction:
        key = _key(transaction.connection, registry, line)
        exact = _read("amount", lambda: values.signed_amount(amount, chain=registry.chain(line.chain)))
        current = _current(transaction.connection, key)
        computed = _computed(transaction.connection, key)
        if current is not None and current[1:] == (exact, computed, reason):
            return False
        _replace(transaction, line, key, current, amount=exact, computed=computed, reason=reason, action="recorded")
    return True


def confirm_override(url: str, registry: Registry, line: LineName, *, reason: str | None, actor: str) -> bool:
    """Let an override stand although the computed amount has changed; False where it has not.

    Raises:
        AuroraError: the line has no override.
        WarehouseError: the database is not reached or not migrated.
    """
    with writing(url, actor=actor) as transaction:
        key = _key(transaction.connection, registry, line, is_known=True)
        current = _existing(transaction.connection, key, line)
        computed = _computed(transaction.connection, key)
        if current.computed_native == computed:
            return False
        reason = _reason(reason) if reason is not None else current.reason
        amount = current.amount_native
        _replace(transaction, line, key, current, amount=amount, computed=computed, reason=reason, action="confirmed")
    return True


def clear_override(url: str, registry: Registry, line: LineName, *, reason: str | None, actor: str) -> None:
    """Take an override away: the line is what is computed.

    Raises:
        AuroraError: the line has no override.
        WarehouseError: the database is not reached or not migrated.
    """
    with writing(url, actor=actor) as transaction:
        key = _key(transaction.connection, registry, line, is_known=True)
        current = _existing(transaction.connection, key, line)
        transaction.connection.execute(_SUPERSEDE, (transaction.at, current.override_id))
        after = {"reason": _reason(reason)} if reason is not None else None
        entry = Entry("override.cleared", "commission_override", str(current.override_id), _state(line, current), after)
        record_entries(transaction.connection, actor=actor, entries=[entry])


def list_overrides(url: str) -> list[Override]:
    """The overrides in force.

    Raises:
        WarehouseError: the database is not reached or not migrated.
    """
    found = []
    with session(url) as connection:
        for row in connection.execute(_LIST).fetchall():
            partner, agreement, rule_key, chain, period, validator, component, *rest, agreement_id = row
            key = _as_key(agreement_id, rule_key, chain, period, validator, component)
            amount, computed, *recorded = rest
            line = LineName(partner, agreement, rule_key, chain, str(period), validator, component)
            found.append(Override(line, amount, computed, _computed(connection, key), *recorded))
    return found


def _key(connection: psycopg.Connection[Any], registry: Registry, line: LineName, *, is_known: bool = False) -> _Key:
    """The key of the line's row. A new one must be a line that a rule in force could have."""
    chain = registry.chain(line.chain)
    period = _read("period", lambda: values.period(line.period, chain=chain))
    validator = _read("validator", lambda: values.validator_key(line.validator, chain=chain))
    component = _read("component", lambda: values.choice(line.component, COMPONENTS))
    partner = read_recorded(connection, [line.partner]).get(line.partner)
    agreement = partner.agreements.get(line.agreement) if partner else None
    if agreement is None:
        what = f"no agreement {line.agreement!r}" if partner else f"no partner {line.partner!r}"
        raise AuroraError(f"there is {what}; `aurora agreements export` shows what is recorded")
    if not is_known:
        _require_rule(agreement, line, validator)
    return _as_key(agreement.agreement_id, line.rule_key, chain.chain_id, period, validator, component)


def _require_rule(agreement: RecordedAgreement, line: LineName, validator: str) -> None:
    rules = [rule for entry in agreement.versions for rule in entry.version.rules if rule.chain in (None, line.chain)]
    named = [rule for rule in rules if rule.key_on(line.chain) == line.rule_key]
    if not named:
        known = ", ".join(sorted({rule.key_on(line.chain) for rule in rules})) or "none"
        raise AuroraError(f"{line.agreement} has no rule {line.rule_key!r} on {line.chain}; there are: {known}")
    if not any(rule.matches(line.chain, validator, line.component) for rule in named):
        raise AuroraError(
            f"the rule {line.rule_key} is not for {line.component} of that validator: it could have no such line"
        )


def _as_key(agreement_id: UUID, rule_key: str, chain: str, period: int, validator: str, component: str) -> _Key:
    return {
        "agreement_id": agreement_id,
        "rule_key": rule_key,
        "chain_id": chain,
        "period_id": period,
        "validator_key": validator,
        "revenue_component": component,
    }


def _current(connection: psycopg.Connection[Any], key: _Key) -> _Current | None:
    row = connection.execute(_CURRENT.encode(), key).fetchone()
    return _Current(*row) if row else None


def _existing(connection: psycopg.Connection[Any], key: _Key, line: LineName) -> _Current:
    current = _current(connection, key)
    if current is None:
        raise AuroraError(
            f"{line.partner}/{line.agreement} has no override of that line; `aurora overrides list` shows them"
        )
    return current


def _computed(connection: psycopg.Connection[Any], key: _Key) -> Decimal | None:
    """What the warehouse computes for the line; None where there is no line, or no warehouse yet."""
    [(is_built,)] = connection.execute(
        "select to_regclass('computation.partner_commission_lines') is not null"
    ).fetchall()
    row = connection.execute(_COMPUTED.encode(), key).fetchone() if is_built else None
    return row[0] if row else None


def _replace(
    transaction: Writing,
    line: LineName,
    key: _Key,
    current: _Current | None,
    *,
    amount: Decimal,
    computed: Decimal | None,
    reason: str,
    action: str,
) -> None:
    recorded = _Current(uuid4(), amount, computed, reason)
    if current is not None:
        transaction.connection.execute(_SUPERSEDE, (transaction.at, current.override_id))
    new = {"override_id": recorded.override_id, "override": amount, "computed": computed, "reason": reason}
    by = {"recorded_by": transaction.actor, "recorded_at": transaction.at}
    transaction.connection.execute(_RECORD, {**key, **new, **by})
    before = _state(line, current) if current is not None else None
    entry = Entry(
        f"override.{action}", "commission_override", str(recorded.override_id), before, _state(line, recorded)
    )
    record_entries(transaction.connection, actor=transaction.actor, entries=[entry])


def _state(line: LineName, override: _Current) -> dict[str, Any]:
    return {
        "partner": line.partner,
        "agreement": line.agreement,
        "rule_key": line.rule_key,
        "chain": line.chain,
        "period": line.period,
        "validator": line.validator,
        "component": line.component,
        "override_amount_native": override.amount_native,
        "computed_amount_native": override.computed_native,
        "reason": override.reason,
    }


def _read(what: str, reader: Any) -> Any:
    try:
        return reader()
    except WrongValueError as error:
        raise AuroraError(f"{what} {str(error).replace('a quoted decimal', 'a decimal')}") from None


def _reason(text: str) -> str:
    if not text.strip() or "\0" in text:
        raise AuroraError("a reason is needed: whoever approves reads it")
    return text.strip()
