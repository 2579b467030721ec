"""Terms and changes in words, for whoever reads a difference."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from api.agreements.comparison import AgreementChange, PartnerChange
from api.agreements.terms import Rule, Status, Version, Wallet
from aurora.amounts import number_text


def instant(at: datetime) -> str:
    """An instant as files have it."""
    return at.isoformat().replace("+00:00", "Z")


def time(start: datetime, end: datetime | None) -> str:
    """A half-open time."""
    return f"from {instant(start)}" + (f" until {instant(end)}" if end else "")


def describe(changes: list[PartnerChange]) -> list[str]:
    """The difference, a line each; empty where there is none. A minus is superseded, a plus recorded."""
    lines: list[str] = []
    for change in changes:
        if not change.is_empty:
            lines.append(f"{change.name}: new partner" if change.recorded is None else f"{change.name}:")
            lines += (f"  {line}" for line in _partner(change))
    return lines


def notes(changes: list[PartnerChange]) -> list[str]:
    """What a reader could miss: wallets that stay although the file's list lacks them."""
    return [
        f"{change.name}: wallets from CSV that the file does not list, and that stay: {change.wallets_of_csv_kept}"
        for change in changes
        if change.wallets_of_csv_kept
    ]


def _partner(change: PartnerChange) -> Iterator[str]:
    if change.email:
        old, new = change.email
        yield f"email: {old or 'none'} -> {new or 'none'}"
    for payout in change.payouts:
        before, after = (payout.before[1] if payout.before else None), payout.after
        yield (
            f"minimum payout on {payout.chain}: {'none' if before is None else number_text(before)}"
            f" -> {'none' if after is None else number_text(after)}"
        )
    for entry in change.wallets_removed:
        yield f"- wallet {_wallet(entry.wallet)}"
    for wallet in change.wallets_added:
        yield f"+ wallet {_wallet(wallet)}"
    for agreement in change.agreements:
        yield f"{agreement.name}: new agreement" if agreement.recorded is None else f"{agreement.name}:"
        yield from (f"  {line}" for line in _agreement(agreement))


def _agreement(change: AgreementChange) -> Iterator[str]:
    for entry in change.versions_removed:
        yield f"- version {entry.number} {_version(entry.version)}"
        yield from (f"    {_rule(rule)}" for rule in entry.version.rules)
    first = (change.recorded.last_version if change.recorded else 0) + 1
    for number, version in enumerate(change.versions_added, start=first):
        yield f"+ version {number} {_version(version)}"
        yield from (f"    {_rule(rule)}" for rule in version.rules)
    for status in change.statuses_removed:
        yield f"- {_status(status.status)}"
    for added in change.statuses_added:
        yield f"+ {_status(added)}"


def _status(status: Status) -> str:
    return f"status {status.status} from {instant(status.effective_from)}"


def _wallet(wallet: Wallet) -> str:
    return f"{wallet.chain} {wallet.kind} {wallet.address} {time(wallet.valid_from, wallet.valid_until)}"


def _version(version: Version) -> str:
    parts = [version.stacking, version.allocation_mode, version.basis, version.negative_policy]
    if version.pool is not None:
        parts[1] += f" of {version.pool}"
    if version.net_costs:
        parts[2] += f" of {', '.join(version.net_costs)}"
    if version.clawback_months is not None:
        parts.append(f"clawback {version.clawback_months} months")
    return f"{time(version.effective_from, version.effective_until)}: {', '.join(parts)}"


def _rule(rule: Rule) -> str:
    parts = [f"{rule.rule_order}. {rule.chain or '*'}/{rule.validator or '*'} {rule.component} {rule.method}"]
    if rule.commission_rate_bps is not None:
        parts.append(f"{rule.commission_rate_bps} bps")
    if rule.tiers is not None:
        steps = ", ".join(
            f"{number_text(step.from_native)}: {step.commission_rate_bps} bps" for step in rule.tiers.steps
        )
        parts.append(f"{rule.tiers.mode} per {rule.tiers.basis} [{steps}]")
    if rule.floor_native is not None:
        parts.append(f"at least {number_text(rule.floor_native)}")
    if rule.cap_native is not None:
        parts.append(f"at most {number_text(rule.cap_native)}")
    if rule.base_source != "VALIDATOR_REVENUE":
        parts.append(rule.base_source)
    if rule.rule_key is not None:
        parts.append(f"key {rule.rule_key}")
    return ", ".join(parts)
