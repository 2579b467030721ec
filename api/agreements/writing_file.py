"""What is recorded, as the file that would record it: in one order, every amount quoted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from api.agreements import terms
from api.agreements.terms import Agreement, Partner, Rule, Version, Wallet
from api.agreements.wording import instant
from aurora.amounts import number_text


def render_file(partners: Iterable[Partner]) -> str:
    """The YAML of these partners, sorted by name; what is none or the default is left out."""
    lines = [line for partner in sorted(partners, key=lambda partner: partner.name) for line in _partner(partner)]
    return "\n".join(["partners:", *lines] if lines else ["partners: []"]) + "\n"


def _partner(partner: Partner) -> Iterator[str]:
    yield f"  - name: {_quoted(partner.name)}"
    if partner.email:
        yield f"    email: {_quoted(partner.email)}"
    if partner.minimum_payouts:
        payouts = sorted(partner.minimum_payouts.items())
        yield f"    minimum_payout: {_flow((chain, _quoted(number_text(least))) for chain, least in payouts)}"
    if partner.wallets:
        yield "    wallets:"
        for wallet in sorted(partner.wallets, key=lambda wallet: (wallet.chain, wallet.address, wallet.valid_from)):
            yield f"      - {_wallet(wallet)}"
    if partner.agreements:
        yield "    agreements:"
        for agreement in sorted(partner.agreements, key=lambda agreement: agreement.name):
            yield from _agreement(agreement)


def _wallet(wallet: Wallet) -> str:
    pairs = [
        ("chain", wallet.chain),
        ("address", _quoted(wallet.address)),
        ("kind", wallet.kind),
        ("valid_from", instant(wallet.valid_from)),
    ]
    if wallet.valid_until is not None:
        pairs.append(("valid_until", instant(wallet.valid_until)))
    return _flow(pairs)


def _agreement(agreement: Agreement) -> Iterator[str]:
    yield f"      - name: {_quoted(agreement.name)}"
    if agreement.statuses:
        yield "        statuses:"
        for status in sorted(agreement.statuses, key=lambda status: status.effective_from):
            yield f"          - {_flow([('status', status.status), ('from', instant(status.effective_from))])}"
    if not agreement.versions:
        yield "        versions: []"
        return
    yield "        versions:"
    for version in sorted(agreement.versions, key=lambda version: version.effective_from):
        yield from _version(version)


def _version(version: Version) -> Iterator[str]:
    yield f"          - effective_from: {instant(version.effective_from)}"
    if version.effective_until is not None:
        yield f"            effective_until: {instant(version.effective_until)}"
    yield f"            stacking: {version.stacking}"
    yield f"            allocation_mode: {version.allocation_mode}"
    if version.pool is not None:
        yield f"            pool: {_quoted(version.pool)}"
    yield f"            basis: {version.basis}"
    if version.net_costs:
        yield f"            net_costs: [{', '.join(version.net_costs)}]"
    yield f"            negative_policy: {version.negative_policy}"
    if version.clawback_months is not None:
        yield f"            clawback_months: {version.clawback_months}"
    if not version.rules:
        yield "            rules: []"
        return
    yield "            rules:"
    for place, rule in enumerate(version.rules, start=1):
        yield f"              - {_flow(_rule(rule, place))}"


def _rule(rule: Rule, place: int) -> Iterator[tuple[str, str]]:
    if rule.chain is not None:
        yield "chain", rule.chain
    if rule.validator is not None:
        yield "validator", _quoted(rule.validator)
    yield "revenue_component", rule.component
    yield "attribution_method", rule.method
    if rule.base_source != terms.BASE_SOURCES[0]:
        yield "base_source", rule.base_source
    if rule.rule_key is not None:
        yield "rule_key", _quoted(rule.rule_key)
    if rule.rule_order != place:
        yield "rule_order", str(rule.rule_order)
    if rule.commission_rate_bps is not None:
        yield "commission_rate_bps", str(rule.commission_rate_bps)
    if rule.floor_native is not None:
        yield "floor_amount_native", _quoted(number_text(rule.floor_native))
    if rule.cap_native is not None:
        yield "cap_amount_native", _quoted(number_text(rule.cap_native))
    if rule.tiers is not None:
        steps = ", ".join(
            _flow(
                [
                    ("from_native", _quoted(number_text(step.from_native))),
                    ("commission_rate_bps", str(step.commission_rate_bps)),
                ]
            )
            for step in rule.tiers.steps
        )
        yield "tiers", _flow([("mode", rule.tiers.mode), ("basis", rule.tiers.basis), ("steps", f"[{steps}]")])


def _flow(pairs: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"


def _quoted(text: str) -> str:
    # A JSON string is a double-quoted one of YAML.
    return json.dumps(text, ensure_ascii=False)
