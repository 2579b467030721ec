"""What is allowed in agreements and looks wrong all the same."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from api.agreements.terms import COMPONENTS, WHOLE_BPS, Agreement, Partner, Rule, Version, Wallet, overlap
from api.agreements.wording import instant, time
from api.wallets.placement import Placed, find_overlaps
from aurora.amounts import number_text
from aurora.registry.registry import Registry

ERROR, WARNING, INFO = "error", "warning", "info"
"""An error blocks statements; a warning is probably no one's wish; the rest is worth knowing."""


class Finding(NamedTuple):
    """One thing that looks wrong. Those that dbt's tests find too (dbt_project/tests/agreements) have the same code."""

    severity: str
    code: str
    about: str
    reason: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.code}: {self.about}: {self.reason}"


class _InForce(NamedTuple):
    partner: str
    agreement: str
    version: Version


def find(
    partners: Sequence[Partner], registry: Registry, delegations: Collection[tuple[str, str, str]]
) -> list[Finding]:
    """Every finding: of each agreement, of agreements together, of wallets."""
    chains = [chain.chain_id for chain in registry.chains]
    found: list[Finding] = []
    for partner in partners:
        for agreement in partner.agreements or ():
            about = f"{partner.name}/{agreement.name}"
            found += _of_terms(about, agreement, chains)
            found += _of_clients(about, agreement, partner.wallets or (), chains)
    found += _of_sums(partners, chains)
    found += _of_wallets(partners)
    found += _of_delegations(partners, delegations)
    return sorted(found, key=lambda finding: (ERROR, WARNING, INFO).index(finding.severity))


def _of_terms(about: str, agreement: Agreement, chains: list[str]) -> Iterator[Finding]:
    if not agreement.versions:
        yield Finding(WARNING, "NO_VERSION", about, "has no version in force: it earns nothing")
    versions = sorted(agreement.versions, key=lambda version: version.effective_from)
    for earlier, later in pairwise(versions):
        if earlier.effective_until is not None and earlier.effective_until < later.effective_from:
            gap = time(earlier.effective_until, later.effective_from)
            yield Finding(WARNING, "VERSION_GAP", about, f"no version is in force {gap}: nothing is earned in that gap")
    for version in versions:
        named = f"the version from {instant(version.effective_from)}"
        if not version.rules:
            yield Finding(WARNING, "NO_RULES", about, f"{named} has no rules: it earns nothing")
        for rule in version.rules:
            for severity, code, reason in _of_rule(rule, version, chains):
                yield Finding(severity, code, about, f"{named}: the rule {rule.shows_as} {reason}")


def _of_rule(rule: Rule, version: Version, chains: list[str]) -> Iterator[tuple[str, str, str]]:
    if not _can_win(rule, version, chains):
        yield WARNING, "RULE_UNREACHABLE", "never counts: others come first everywhere"
    # No file can state these two; whoever writes the tables otherwise may.
    floor, cap = rule.floor_native, rule.cap_native
    if floor is not None and cap is not None and floor > cap:
        yield ERROR, "FLOOR_GT_CAP", f"has a floor of {number_text(floor)} above its cap of {number_text(cap)}"
    if rule.tiers is not None and not any(step.from_native == 0 for step in rule.tiers.steps):
        yield ERROR, "TIERS_UNORDERED", "has tiers of which none begins at 0"


def _can_win(rule: Rule, version: Version, chains: list[str]) -> bool:
    return any(
        rule in version.rules_for(chain, rule.validator, component)
        for chain in ([rule.chain] if rule.chain else chains)
        for component in rule.components
    )


def _of_clients(about: str, agreement: Agreement, wallets: Sequence[Wallet], chains: list[str]) -> Iterator[Finding]:
    for version in agreement.versions:
        needing = [rule for rule in version.rules if rule.method != "FIXED_SHARE"]
        wanted = {chain for rule in needing for chain in ([rule.chain] if rule.chain else chains)}
        held = {
            wallet.chain
            for wallet in wallets
            if overlap(version.effective_from, version.effective_until, wallet.valid_from, wallet.valid_until)
        }
        for chain in sorted(wanted - held):
            yield Finding(
                WARNING,
                "NO_CLIENTS",
                about,
                f"the version from {instant(version.effective_from)} counts clients on {chain}, "
                "and the partner has no wallet there in that time",
            )


def _of_sums(partners: Sequence[Partner], chains: list[str]) -> Iterator[Finding]:
    """Sums of rates, at every instant at which any of them changes; each said once, when it begins."""
    agreements = [(partner.name, agreement) for partner in partners for agreement in partner.agreements or ()]
    said: set[tuple[object, ...]] = set()
    for at in _instants([agreement for _, agreement in agreements]):
        in_force = [
            _InForce(name, agreement.name, version)
            for name, agreement in agreements
            if agreement.is_active_at(at)
            for version in agreement.versions
            if version.holds_at(at)
        ]
        for chain in chains:
            validators = {
                rule.validator for entry in in_force for rule in entry.version.rules if rule.chain in (None, chain)
            }
            for validator in sorted(validators | {None}, key=lambda key: key or ""):
                for component in COMPONENTS:
                    for code, about, reason in _of_cell(in_force, chain, validator, component):
                        if (about, reason) not in said:
                            said.add((about, reason))
                            yield Finding(ERROR, code, about, f"{reason}, first from {instant(at)}")


def _instants(agreements: Sequence[Agreement]) -> list[datetime]:
    versions = [version for agreement in agreements for version in agreement.versions]
    instants = {version.effective_from for version in versions}
    instants |= {version.effective_until for version in versions if version.effective_until is not None}
    return sorted(instants | {status.effective_from for agreement in agreements for status in agreement.statuses or ()})


def _of_cell(
    in_force: Sequence[_InForce], chain: str, validator: str | None, component: str
) -> Iterator[tuple[str, str, str]]:
    cell = f"{chain}/{validator or '*'}/{component}"
    pools: dict[str, list[tuple[_InForce, int]]] = {}
    shares: list[tuple[_InForce, int]] = []
    for entry in in_force:
        rules = entry.version.rules_for(chain, validator, component)
        rate = sum(rule.highest_rate_bps for rule in rules if rule.method == "FIXED_SHARE")
        if entry.version.pool is not None and rules:
            pools.setdefault(entry.version.pool, []).append((entry, rate))
        elif rate:
            shares.append((entry, rate))
    for pool, members in pools.items():
        total = sum(rate for _, rate in members)
        if total != WHOLE_BPS:
            reason = f"its rates on {cell} are {total} bps together, not 10000 ({_named(members)})"
            yield "POOL_SPLIT_NOT_WHOLE", f"pool {pool}", reason
    total = sum(rate for _, rate in shares)
    if total > WHOLE_BPS:
        reason = f"fixed shares are {total} bps together, more than the whole ({_named(shares)})"
        yield "POOL_OVER_ALLOCATED", cell, reason


def _named(members: Sequence[tuple[_InForce, int]]) -> str:
    return ", ".join(f"{entry.partner}/{entry.agreement} {rate}" for entry, rate in members)


def _of_wallets(partners: Sequence[Partner]) -> Iterator[Finding]:
    placed = [
        Placed(wallet.chain, wallet.address, wallet.valid_from, wallet.valid_until, partner.name)
        for partner in partners
        for wallet in partner.wallets or ()
    ]
    for later, earlier in find_overlaps(placed):
        wallet, other = placed[later], placed[earlier]
        yield Finding(
            ERROR,
            "WALLET_OVERLAP",
            wallet.partner,
            f"the wallet {wallet.chain} {wallet.address} is {other.partner}'s too, {time(other[2], other[3])}",
        )


def _of_delegations(partners: Sequence[Partner], delegations: Collection[tuple[str, str, str]]) -> Iterator[Finding]:
    owners: dict[tuple[str, str], list[tuple[str, Wallet]]] = {}
    for partner in partners:
        for wallet in partner.wallets or ():
            owners.setdefault((wallet.chain, wallet.address), []).append((partner.name, wallet))
    for chain, account, withdrawer in sorted(delegations):
        for name, named in owners.get((chain, account), ()):
            for other, authority in owners.get((chain, withdrawer), ()):
                together = overlap(named.valid_from, named.valid_until, authority.valid_from, authority.valid_until)
                if other != name and together and named.kind == "stake_account":
                    yield Finding(
                        INFO,
                        "WALLET_AND_AUTHORITY",
                        name,
                        f"names the stake account {account}, whose withdraw authority {withdrawer} is {other}'s: "
                        "the account named itself counts for who names it",
                    )
