"""What a file would change: the difference between what it states and what is in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from api.agreements.recorded import RecordedAgreement, RecordedPartner, RecordedStatus, RecordedVersion, RecordedWallet
from api.agreements.terms import Agreement, Partner, Status, Version, Wallet


@dataclass(frozen=True, slots=True)
class PayoutChange:
    """The least payout on a chain, before and after; None is none."""

    chain: str
    before: tuple[UUID, Decimal] | None
    after: Decimal | None


@dataclass(slots=True)
class AgreementChange:
    """What changes of an agreement; `recorded` of None: it is new."""

    name: str
    recorded: RecordedAgreement | None
    versions_removed: list[RecordedVersion] = field(default_factory=list)
    versions_added: list[Version] = field(default_factory=list)
    statuses_removed: list[RecordedStatus] = field(default_factory=list)
    statuses_added: list[Status] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return self.recorded is not None and not (
            self.versions_removed or self.versions_added or self.statuses_removed or self.statuses_added
        )


@dataclass(slots=True)
class PartnerChange:
    """What changes of a partner; `recorded` of None: it is new."""

    name: str
    recorded: RecordedPartner | None
    email: tuple[str | None, str | None] | None = None
    payouts: list[PayoutChange] = field(default_factory=list)
    wallets_removed: list[RecordedWallet] = field(default_factory=list)
    wallets_added: list[Wallet] = field(default_factory=list)
    wallets_of_csv_kept: int = 0
    agreements: list[AgreementChange] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return self.recorded is not None and not (
            self.email or self.payouts or self.wallets_removed or self.wallets_added or self.agreements
        )


def compare(partners: Iterable[Partner], recorded: Mapping[str, RecordedPartner]) -> list[PartnerChange]:
    """The changes of the partners of a file, in its order; also those that are empty."""
    return [_compare_partner(partner, recorded.get(partner.name)) for partner in partners]


def _compare_partner(partner: Partner, recorded: RecordedPartner | None) -> PartnerChange:
    change = PartnerChange(partner.name, recorded)
    email = recorded.email if recorded else None
    if partner.email is not None and (partner.email or None) != email:
        change.email = (email, partner.email or None)
    if partner.minimum_payouts is not None:
        change.payouts = _compare_payouts(partner.minimum_payouts, recorded.minimum_payouts if recorded else {})
    if partner.wallets is not None:
        _compare_wallets(change, partner.wallets, recorded.wallets if recorded else [])
    known = recorded.agreements if recorded else {}
    changes = [_compare_agreement(agreement, known.get(agreement.name)) for agreement in partner.agreements or ()]
    change.agreements = [agreement for agreement in changes if not agreement.is_empty]
    return change


def _compare_payouts(stated: Mapping[str, Decimal], recorded: Mapping[str, tuple[UUID, Decimal]]) -> list[PayoutChange]:
    return [
        PayoutChange(chain, recorded.get(chain), stated.get(chain))
        for chain in sorted({*stated, *recorded})
        if (recorded[chain][1] if chain in recorded else None) != stated.get(chain)
    ]


def _compare_wallets(change: PartnerChange, stated: tuple[Wallet, ...], recorded: list[RecordedWallet]) -> None:
    wanted = set(stated)
    addresses = {(wallet.chain, wallet.address) for wallet in stated}
    held = {entry.wallet for entry in recorded}
    change.wallets_added = [wallet for wallet in stated if wallet not in held]
    for entry in recorded:
        if entry.wallet in wanted:
            continue
        # The list is whole for what files brought, and for every address that it names; the rest came by CSV.
        if entry.origin == "FILE" or (entry.wallet.chain, entry.wallet.address) in addresses:
            change.wallets_removed.append(entry)
        else:
            change.wallets_of_csv_kept += 1


def _compare_agreement(agreement: Agreement, recorded: RecordedAgreement | None) -> AgreementChange:
    change = AgreementChange(agreement.name, recorded)
    versions = recorded.versions if recorded else []
    wanted, held = set(agreement.versions), {entry.version for entry in versions}
    change.versions_removed = [entry for entry in versions if entry.version not in wanted]
    change.versions_added = sorted(wanted - held, key=lambda version: version.effective_from)
    if agreement.statuses is not None:
        statuses = recorded.statuses if recorded else []
        listed, known = set(agreement.statuses), {entry.status for entry in statuses}
        change.statuses_removed = [entry for entry in statuses if entry.status not in listed]
        change.statuses_added = sorted(listed - known, key=lambda status: status.effective_from)
    return change
