"""Changes written down: rows in force superseded first, then the new ones recorded, each with its audit entry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from api.agreements.comparison import AgreementChange, PartnerChange
from api.agreements.terms import Rule, Status, Version
from api.audit.service import Entry, record_entries
from api.kit.writing import Writing
from api.wallets.recording import FILE, record_wallets, supersede_wallets

_VERSION = """
    insert into {schema}.agreement_versions (
        version_id, agreement_id, agreement_version, effective_from, effective_until, stacking, allocation_mode, pool,
        basis, net_costs, negative_policy, clawback_months, recorded_at
    ) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_RULE = """
    insert into {schema}.agreement_rules (
        version_id, rule_number, rule_key, rule_order, chain_id, validator_key, revenue_component, attribution_method,
        base_source, commission_rate_bps, tier_mode, tier_basis, floor_amount_native, cap_amount_native
    ) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_TIER = """
    insert into {schema}.agreement_rule_tiers (version_id, rule_number, from_native, commission_rate_bps)
    values (%s, %s, %s, %s)
"""


def record_changes(transaction: Writing, changes: Iterable[PartnerChange]) -> None:
    """Write what is not empty, and who did it."""
    entries = write_changes(transaction, changes)
    record_entries(transaction.connection, actor=transaction.actor, entries=entries)


def write_changes(transaction: Writing, changes: Iterable[PartnerChange]) -> list[Entry]:
    """Write what is not empty into the transaction's schema; the audit entries to write."""
    wanted = [change for change in changes if not change.is_empty]
    entries: list[Entry] = []
    for change in wanted:
        entries += _supersede(transaction, change)
    for change in wanted:
        entries += _record(transaction, change)
    return entries


def _supersede(transaction: Writing, change: PartnerChange) -> list[Entry]:
    payouts = [payout for payout in change.payouts if payout.before is not None]
    _close(transaction, "partner_minimum_payouts", "minimum_payout_id", [p.before[0] for p in payouts if p.before])
    entries = [
        Entry("minimum_payout.superseded", "partner_minimum_payout", str(payout.before[0]), before=state)
        for payout in payouts
        if payout.before is not None
        and (state := {"partner": change.name, "chain": payout.chain, "minimum_payout_native": payout.before[1]})
    ]
    entries += supersede_wallets(
        transaction, [(entry.wallet_id, change.name, entry.wallet) for entry in change.wallets_removed]
    )
    for agreement in change.agreements:
        _close(transaction, "agreement_versions", "version_id", [e.version_id for e in agreement.versions_removed])
        _close(transaction, "agreement_statuses", "status_id", [e.status_id for e in agreement.statuses_removed])
        about = {"partner": change.name, "agreement": agreement.name}
        entries += [
            Entry(
                "agreement_version.superseded",
                "agreement_version",
                str(entry.version_id),
                before={**about, **version_state(entry.version, entry.number)},
            )
            for entry in agreement.versions_removed
        ]
        entries += [
            Entry(
                "agreement_status.superseded",
                "agreement_status",
                str(entry.status_id),
                before={**about, **_status_state(entry.status)},
            )
            for entry in agreement.statuses_removed
        ]
    return entries


def _close(transaction: Writing, table: str, key: str, ids: list[UUID]) -> None:
    if ids:
        _execute(
            transaction, f"update {{schema}}.{table} set superseded_at = %s where {key} = any(%s)", transaction.at, ids
        )


def _execute(transaction: Writing, statement: str, *parameters: object) -> None:
    transaction.connection.execute(statement.format(schema=transaction.schema).encode(), parameters)


def _record(transaction: Writing, change: PartnerChange) -> list[Entry]:
    entries: list[Entry] = []
    email = change.email[1] if change.email else None
    if change.recorded is None:
        partner_id = uuid4()
        _execute(
            transaction,
            "insert into {schema}.partners (partner_id, name, email, created_at) values (%s, %s, %s, %s)",
            *(partner_id, change.name, email, transaction.at),
        )
        entries.append(
            Entry("partner.created", "partner", str(partner_id), after={"name": change.name, "email": email})
        )
    else:
        partner_id = change.recorded.partner_id
        if change.email is not None:
            _execute(transaction, "update {schema}.partners set email = %s where partner_id = %s", email, partner_id)
            states = ({"name": change.name, "email": address} for address in change.email)
            entries.append(Entry("partner.changed", "partner", str(partner_id), next(states), next(states)))
    for payout in change.payouts:
        if payout.after is not None:
            payout_id = uuid4()
            _execute(
                transaction,
                "insert into {schema}.partner_minimum_payouts"
                " (minimum_payout_id, partner_id, chain_id, minimum_payout_native, recorded_at)"
                " values (%s, %s, %s, %s, %s)",
                *(payout_id, partner_id, payout.chain, payout.after, transaction.at),
            )
            state = {"partner": change.name, "chain": payout.chain, "minimum_payout_native": payout.after}
            entries.append(Entry("minimum_payout.recorded", "partner_minimum_payout", str(payout_id), after=state))
    added = [(partner_id, change.name, wallet) for wallet in change.wallets_added]
    entries += record_wallets(transaction, added, origin=FILE)
    for agreement in change.agreements:
        entries += _record_agreement(transaction, partner_id, change.name, agreement)
    return entries


def _record_agreement(transaction: Writing, partner_id: UUID, partner: str, change: AgreementChange) -> list[Entry]:
    entries: list[Entry] = []
    about = {"partner": partner, "agreement": change.name}
    if change.recorded is None:
        agreement_id, number = uuid4(), 0
        _execute(
            transaction,
            "insert into {schema}.agreements (agreement_id, partner_id, name, created_at) values (%s, %s, %s, %s)",
            *(agreement_id, partner_id, change.name, transaction.at),
        )
        entries.append(Entry("agreement.created", "agreement", str(agreement_id), after=about))
    else:
        agreement_id, number = change.recorded.agreement_id, change.recorded.last_version
    for version in change.versions_added:
        number += 1
        version_id = _record_version(transaction, agreement_id, number, version)
        state = {**about, **version_state(version, number)}
        entries.append(Entry("agreement_version.recorded", "agreement_version", str(version_id), after=state))
    for status in change.statuses_added:
        status_id = uuid4()
        _execute(
            transaction,
            "insert into {schema}.agreement_statuses (status_id, agreement_id, status, effective_from, recorded_at)"
            " values (%s, %s, %s, %s, %s)",
            *(status_id, agreement_id, status.status, status.effective_from, transaction.at),
        )
        state = {**about, **_status_state(status)}
        entries.append(Entry("agreement_status.recorded", "agreement_status", str(status_id), after=state))
    return entries


def _record_version(transaction: Writing, agreement_id: UUID, number: int, version: Version) -> UUID:
    version_id = uuid4()
    terms = (version.stacking, version.allocation_mode, version.pool, version.basis, list(version.net_costs))
    _execute(
        transaction,
        _VERSION,
        version_id,
        agreement_id,
        number,
        version.effective_from,
        version.effective_until,
        *terms,
        version.negative_policy,
        version.clawback_months,
        transaction.at,
    )
    rules = list(enumerate(version.rules, start=1))
    _write_rows(transaction, _RULE, [_rule_row(version_id, place, rule) for place, rule in rules])
    steps = [(place, step) for place, rule in rules if rule.tiers for step in rule.tiers.steps]
    rows = [(version_id, place, step.from_native, step.commission_rate_bps) for place, step in steps]
    _write_rows(transaction, _TIER, rows)
    return version_id


def _write_rows(transaction: Writing, statement: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        with transaction.connection.cursor() as cursor:
            cursor.executemany(statement.format(schema=transaction.schema).encode(), rows)


def _rule_row(version_id: UUID, place: int, rule: Rule) -> tuple[Any, ...]:
    return (
        version_id,
        place,
        rule.rule_key,
        rule.rule_order,
        rule.chain,
        rule.validator,
        rule.component,
        rule.method,
        rule.base_source,
        rule.commission_rate_bps,
        rule.tiers.mode if rule.tiers else None,
        rule.tiers.basis if rule.tiers else None,
        rule.floor_native,
        rule.cap_native,
    )


def version_state(version: Version, number: int) -> dict[str, Any]:
    """A version as the audit log shows it."""
    state: dict[str, Any] = {
        "agreement_version": number,
        "effective_from": version.effective_from,
        "effective_until": version.effective_until,
        "stacking": version.stacking,
        "allocation_mode": version.allocation_mode,
        "pool": version.pool,
        "basis": version.basis,
        "net_costs": list(version.net_costs),
        "negative_policy": version.negative_policy,
        "clawback_months": version.clawback_months,
    }
    state["rules"] = [
        {
            "rule_key": rule.rule_key,
            "rule_order": rule.rule_order,
            "chain": rule.chain,
            "validator": rule.validator,
            "revenue_component": rule.component,
            "attribution_method": rule.method,
            "base_source": rule.base_source,
            "commission_rate_bps": rule.commission_rate_bps,
            "tiers": rule.tiers
            and {
                "mode": rule.tiers.mode,
                "basis": rule.tiers.basis,
                "steps": [
                    {"from_native": step.from_native, "commission_rate_bps": step.commission_rate_bps}
                    for step in rule.tiers.steps
                ],
            },
            "floor_amount_native": rule.floor_native,
            "cap_amount_native": rule.cap_native,
        }
        for rule in version.rules
    ]
    return state


def _status_state(status: Status) -> dict[str, Any]:
    return {"status": status.status, "effective_from": status.effective_from}
