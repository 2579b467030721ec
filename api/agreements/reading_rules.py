"""The rules of a version, as a file has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from api.agreements import terms
from api.agreements.terms import Rule, Step, Tiers, Version
from api.inputs import values
from api.inputs.nodes import Node
from aurora.registry.chains import Chain

_REQUIRED = ("revenue_component", "attribution_method")
_OPTIONAL = (
    "chain",
    "validator",
    "commission_rate_bps",
    "tiers",
    "floor_amount_native",
    "cap_amount_native",
    "rule_key",
    "rule_order",
    "base_source",
)
_NEED_A_CHAIN = ("tiers", "floor_amount_native", "cap_amount_native")
_NO_TIERS = Tiers(mode=terms.TIER_MODES[0], basis=terms.TIER_BASES[0], steps=(Step(Decimal(0), 0),))


def read_rules(node: Node, version: Version, chains: Mapping[str, Chain]) -> tuple[Rule, ...]:
    """The rules of a version whose other terms are read; those that cannot be told apart are left out."""
    found = [(item, _rule(item, number, version, chains)) for number, item in enumerate(node.items(), start=1)]
    rules = [(item, rule) for item, rule in found if rule is not None]
    _refuse_twins(rules, chains)
    if version.stacking == "EXCLUSIVE":
        _refuse_equal_orders(rules)
    return terms.in_order(rule for _, rule in rules)


def read_chain(node: Node, chains: Mapping[str, Chain]) -> Chain | None:
    """A chain of the registry."""
    if node.content not in chains if isinstance(node.content, str) else True:
        node.wrong(f"is no chain of the registry; there are {', '.join(sorted(chains))}")
        return None
    return chains[node.content]


def _rule(node: Node, number: int, version: Version, chains: Mapping[str, Chain]) -> Rule | None:
    keys = node.mapping(required=_REQUIRED, optional=_OPTIONAL)
    if not isinstance(node.content, dict):
        return None
    chain = read_chain(keys["chain"], chains) if "chain" in keys else None
    component = _choice(keys, "revenue_component", (*terms.COMPONENTS, terms.ALL))
    method = _choice(keys, "attribution_method", terms.METHODS)
    validator = _validator(keys, chain)
    if "chain" not in keys:
        for key in _NEED_A_CHAIN:
            if key in keys:
                keys[key].wrong("is an amount in a chain's unit: it needs a chain in the rule")
    order = keys["rule_order"].read(values.whole_number) if "rule_order" in keys else number
    floor, cap = _limits(keys, chain)
    rate, tiers = _rate(node, keys, chain)
    rule = Rule(
        rule_order=number if order is None else order,
        component=component or terms.ALL,
        method=method or terms.METHODS[0],
        chain=chain.chain_id if chain else None,
        validator=validator,
        rule_key=keys["rule_key"].read(values.text) if "rule_key" in keys else None,
        base_source=_choice(keys, "base_source", terms.BASE_SOURCES) or terms.BASE_SOURCES[0],
        commission_rate_bps=rate,
        tiers=tiers,
        floor_native=floor,
        cap_native=cap,
    )
    _check_base_source(keys, rule, version, chain)
    if version.allocation_mode == "POOL_SPLIT":
        _check_pool_rule(keys)
    is_known = component and method and ("chain" not in keys or chain) and ("validator" not in keys or validator)
    if not is_known or order is None or ("rule_key" in keys and rule.rule_key is None):
        return None
    if rule.chain is not None and rule.rule_key == rule.default_key(rule.chain):
        return replace(rule, rule_key=None)
    return rule


def _choice(keys: dict[str, Node], key: str, allowed: tuple[str, ...]) -> str | None:
    return keys[key].read(lambda value: values.choice(value, allowed)) if key in keys else None


def _validator(keys: dict[str, Node], chain: Chain | None) -> str | None:
    if "validator" not in keys or ("chain" in keys and chain is None):
        return None
    return keys["validator"].read(lambda value: values.validator_key(value, chain=chain))


def _rate(node: Node, keys: dict[str, Node], chain: Chain | None) -> tuple[int | None, Tiers | None]:
    if ("commission_rate_bps" in keys) == ("tiers" in keys):
        both = "both commission_rate_bps and tiers; keep one of them"
        neither = "neither commission_rate_bps nor tiers; add one of them"
        node.wrong(f"has {both if 'tiers' in keys else neither}")
    rate = keys["commission_rate_bps"].read(_bps) if "commission_rate_bps" in keys else None
    tiers = _tiers(keys["tiers"], chain) if "tiers" in keys else None
    return (None, tiers) if tiers is not None else (rate or 0, None)


def _bps(value: object) -> int:
    return values.whole_number(value, at_most=terms.WHOLE_BPS)


def _tiers(node: Node, chain: Chain | None) -> Tiers:
    keys = node.mapping(required=("mode", "basis", "steps"))
    mode = _choice(keys, "mode", terms.TIER_MODES)
    basis = _choice(keys, "basis", terms.TIER_BASES)
    steps: list[Step] = []
    previous: Decimal | None = None
    for place, item in enumerate(keys["steps"].items() if "steps" in keys else ()):
        step_keys = item.mapping(required=("from_native", "commission_rate_bps"))
        start = _amount(step_keys, "from_native", chain)
        rate = step_keys["commission_rate_bps"].read(_bps) if "commission_rate_bps" in step_keys else None
        if start is not None:
            if place == 0 and start != 0:
                step_keys["from_native"].wrong('must be "0": the first step begins at 0')
            if previous is not None and start <= previous:
                step_keys["from_native"].wrong("must be above the step before it: steps rise")
            previous = start
        steps.append(Step(from_native=start or Decimal(0), commission_rate_bps=rate or 0))
    if "steps" in keys and keys["steps"].content == []:
        keys["steps"].wrong("is empty; it needs at least one step, which begins at 0")
    return Tiers(mode=mode or _NO_TIERS.mode, basis=basis or _NO_TIERS.basis, steps=tuple(steps) or _NO_TIERS.steps)


def _amount(keys: dict[str, Node], key: str, chain: Chain | None) -> Decimal | None:
    return keys[key].read(lambda value: values.amount(value, chain=chain)) if key in keys else None


def _limits(keys: dict[str, Node], chain: Chain | None) -> tuple[Decimal | None, Decimal | None]:
    floor = _amount(keys, "floor_amount_native", chain)
    cap = _amount(keys, "cap_amount_native", chain)
    if floor is not None and cap is not None and floor > cap:
        keys["floor_amount_native"].wrong("FLOOR_GT_CAP: the floor is above the cap; lower it, or raise the cap")
    return floor, cap


def _check_base_source(keys: dict[str, Node], rule: Rule, version: Version, chain: Chain | None) -> None:
    if rule.base_source == terms.BASE_SOURCES[0]:
        return
    node = keys["base_source"]
    if rule.component != "COMMISSION" or rule.method != "CLIENT_REVENUE":
        node.wrong("CLIENT_REWARDS is for revenue_component COMMISSION with attribution_method CLIENT_REVENUE only")
    if "chain" not in keys:
        node.wrong("CLIENT_REWARDS needs a chain in the rule: only a chain of epochs (Solana) pays clients' rewards")
    elif chain is not None and chain.period_type != "EPOCH":
        node.wrong(f"CLIENT_REWARDS is for a chain of epochs (Solana), which {chain.chain_id} is not")
    if version.basis == "NET":
        node.wrong("CLIENT_REWARDS is refused with basis NET: clients' rewards bear none of the operator's costs")


def _check_pool_rule(keys: dict[str, Node]) -> None:
    if "attribution_method" in keys and keys["attribution_method"].content in terms.METHODS[1:]:
        keys["attribution_method"].wrong("must be FIXED_SHARE under POOL_SPLIT")
    for key in _NEED_A_CHAIN:
        if key in keys:
            keys[key].wrong("is refused under POOL_SPLIT, which shares out by flat rates")


def _refuse_twins(rules: list[tuple[Node, Rule]], chains: Mapping[str, Chain]) -> None:
    seen: dict[str, Node] = {}
    for node, rule in rules:
        twins = {key: seen[key] for key in rule.keys(chains) if key in seen}
        if twins:
            key, other = next(iter(twins.items()))
            node.wrong(
                f"has the rule_key {key} of the rule in {other.where}; a rule_key is unique in its version: "
                "give one of the two another rule_key"
            )
        for key in rule.keys(chains):
            seen.setdefault(key, node)


def _refuse_equal_orders(rules: list[tuple[Node, Rule]]) -> None:
    seen: dict[tuple[str | None, str | None, str, int], Node] = {}
    for node, rule in rules:
        place = (rule.chain, rule.validator, rule.component, rule.rule_order)
        if place in seen:
            node.wrong(
                f"has the rule_order {rule.rule_order} of the rule in {seen[place].where}, for the same chain, "
                "validator and component; under EXCLUSIVE one of them must come first: give another rule_order"
            )
        seen.setdefault(place, node)
