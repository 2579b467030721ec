"""What is in force in the database: the rows not superseded, as the terms a file would state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from api.agreements.terms import Agreement, Partner, Rule, Status, Step, Tiers, Version, Wallet, in_order

_PARTNERS = "select partner_id, name, email from app.partners where %(names)s::text[] is null or name = any(%(names)s)"
_PAYOUTS = """
    select partner_id, minimum_payout_id, chain_id, minimum_payout_native
    from app.partner_minimum_payouts where superseded_at is null and partner_id = any(%(ids)s)
"""
_WALLETS = """
    select partner_id, wallet_id, origin, chain_id, address, kind, valid_from, valid_until
    from app.partner_wallets where superseded_at is null and partner_id = any(%(ids)s)
    order by chain_id collate "C", address collate "C", valid_from
"""
_AGREEMENTS = """
    select
        agreements.partner_id, agreements.agreement_id, agreements.name,
        coalesce(max(versions.agreement_version), 0) as last_version
    from app.agreements as agreements
    left join app.agreement_versions as versions on agreements.agreement_id = versions.agreement_id
    where agreements.partner_id = any(%(ids)s)
    group by agreements.agreement_id
    order by agreements.name collate "C"
"""
_STATUSES = """
    select agreement_id, status_id, status, effective_from
    from app.agreement_statuses where superseded_at is null and agreement_id = any(%(ids)s)
    order by effective_from
"""
_VERSIONS = """
    select
        agreement_id, version_id, agreement_version, effective_from, effective_until, stacking, allocation_mode, pool,
        basis, net_costs, negative_policy, clawback_months
    from app.agreement_versions where superseded_at is null and agreement_id = any(%(ids)s)
    order by effective_from
"""
_RULES = """
    select
        version_id, rule_number, rule_key, rule_order, chain_id, validator_key, revenue_component, attribution_method,
        base_source, commission_rate_bps, tier_mode, tier_basis, floor_amount_native, cap_amount_native
    from app.agreement_rules where version_id = any(%(ids)s)
"""
_TIERS = """
    select version_id, rule_number, from_native, commission_rate_bps
    from app.agreement_rule_tiers where version_id = any(%(ids)s)
    order by from_native
"""


@dataclass(frozen=True, slots=True)
class RecordedWallet:
    """A wallet in force, and whether a `FILE` or a `CSV` brought it."""

    wallet_id: UUID
    origin: str
    wallet: Wallet


@dataclass(frozen=True, slots=True)
class RecordedVersion:
    """A version in force."""

    version_id: UUID
    number: int
    version: Version


@dataclass(frozen=True, slots=True)
class RecordedStatus:
    """A status in force."""

    status_id: UUID
    status: Status


@dataclass(slots=True)
class RecordedAgreement:
    """An agreement; `last_version` counts superseded versions too."""

    agreement_id: UUID
    name: str
    last_version: int
    versions: list[RecordedVersion] = field(default_factory=list)
    statuses: list[RecordedStatus] = field(default_factory=list)


@dataclass(slots=True)
class RecordedPartner:
    """A partner and what is in force of it."""

    partner_id: UUID
    name: str
    email: str | None
    minimum_payouts: dict[str, tuple[UUID, Decimal]] = field(default_factory=dict)
    wallets: list[RecordedWallet] = field(default_factory=list)
    agreements: dict[str, RecordedAgreement] = field(default_factory=dict)

    def stated(self) -> Partner:
        """The partner as a file would state it, in full."""
        return Partner(
            name=self.name,
            email=self.email or "",
            minimum_payouts={chain: self.minimum_payouts[chain][1] for chain in sorted(self.minimum_payouts)},
            wallets=tuple(recorded.wallet for recorded in self.wallets),
            agreements=tuple(
                Agreement(
                    name=agreement.name,
                    versions=tuple(recorded.version for recorded in agreement.versions),
                    statuses=tuple(recorded.status for recorded in agreement.statuses),
                )
                for agreement in self.agreements.values()
            ),
        )


def read_recorded(
    connection: psycopg.Connection[Any], names: Iterable[str] | None = None
) -> dict[str, RecordedPartner]:
    """The partners of these names, or all, in the order of their names' code points."""
    wanted = None if names is None else list(names)
    found = [RecordedPartner(*row) for row in connection.execute(_PARTNERS, {"names": wanted}).fetchall()]
    partners = {partner.partner_id: partner for partner in found}
    ids = {"ids": list(partners)}
    for partner_id, payout_id, chain, amount in connection.execute(_PAYOUTS, ids).fetchall():
        partners[partner_id].minimum_payouts[chain] = (payout_id, amount)
    for partner_id, wallet_id, origin, *columns in connection.execute(_WALLETS, ids).fetchall():
        partners[partner_id].wallets.append(RecordedWallet(wallet_id, origin, Wallet(*columns)))
    agreements: dict[UUID, RecordedAgreement] = {}
    for partner_id, agreement_id, name, last_version in connection.execute(_AGREEMENTS, ids).fetchall():
        agreements[agreement_id] = RecordedAgreement(agreement_id, name, last_version)
        partners[partner_id].agreements[name] = agreements[agreement_id]
    _read_terms(connection, agreements)
    return {partner.name: partner for partner in sorted(found, key=lambda partner: partner.name)}


def _read_terms(connection: psycopg.Connection[Any], agreements: dict[UUID, RecordedAgreement]) -> None:
    ids = {"ids": list(agreements)}
    for agreement_id, status_id, status, start in connection.execute(_STATUSES, ids).fetchall():
        agreements[agreement_id].statuses.append(RecordedStatus(status_id, Status(status, start)))
    rows = connection.execute(_VERSIONS, ids).fetchall()
    rules = _rules(connection, [row[1] for row in rows])
    for agreement_id, version_id, number, start, until, stacking, mode, pool, basis, costs, policy, months in rows:
        version = Version(
            effective_from=start,
            effective_until=until,
            rules=in_order(rules.get(version_id, ())),
            stacking=stacking,
            allocation_mode=mode,
            pool=pool,
            basis=basis,
            net_costs=tuple(costs),
            negative_policy=policy,
            clawback_months=months,
        )
        agreements[agreement_id].versions.append(RecordedVersion(version_id, number, version))


def _rules(connection: psycopg.Connection[Any], version_ids: list[UUID]) -> dict[UUID, list[Rule]]:
    steps: dict[tuple[UUID, int], list[Step]] = {}
    for version_id, number, start, rate in connection.execute(_TIERS, {"ids": version_ids}).fetchall():
        steps.setdefault((version_id, number), []).append(Step(start, rate))
    rules: dict[UUID, list[Rule]] = {}
    for row in connection.execute(_RULES, {"ids": version_ids}).fetchall():
        version_id, number, key, order, chain, validator, component, method, source, rate, mode, basis, low, high = row
        tiers = Tiers(mode, basis, tuple(steps.get((version_id, number), ()))) if mode is not None else None
        rules.setdefault(version_id, []).append(
            Rule(order, component, method, chain, validator, key, source, rate, tiers, low, high)
        )
    return rules
