"""The file of partners and agreements: read whole, every problem noted, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from api.agreements import terms
from api.agreements.reading_rules import read_chain, read_rules
from api.agreements.terms import Agreement, Partner, Status, Version, Wallet, overlap
from api.inputs import values
from api.inputs.nodes import Node, open_document
from api.inputs.problems import Problems
from api.wallets.placement import Placed, find_overlaps
from aurora.registry.chains import Chain
from aurora.registry.registry import Registry

_VERSION_OPTIONAL = (
    "effective_until",
    "stacking",
    "allocation_mode",
    "pool",
    "basis",
    "net_costs",
    "negative_policy",
    "clawback_months",
)
_NOT_READ = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AgreementsFile:
    """What a file states, and what its problems with the database are noted on."""

    partners: tuple[Partner, ...]
    wallet_nodes: dict[tuple[str, Wallet], Node]
    problems: Problems


def read_agreements(path: Path, registry: Registry) -> AgreementsFile:
    """Read and check a file of partners.

    Raises:
        InputError: something is wrong with it; every problem, each with file, line and place.
    """
    top, problems = open_document(path)
    reader = _Reader({chain.chain_id: chain for chain in registry.chains})
    partners = reader.partners(top)
    problems.refuse()
    return AgreementsFile(partners, reader.wallet_nodes, problems)


class _Reader:
    def __init__(self, chains: Mapping[str, Chain]) -> None:
        self.wallet_nodes: dict[tuple[str, Wallet], Node] = {}
        self._chains = chains
        self._placed: list[tuple[Node, Placed]] = []

    def partners(self, top: Node) -> tuple[Partner, ...]:
        keys = top.mapping(required=("partners",))
        found: list[Partner] = []
        names: dict[str, Node] = {}
        for item in keys["partners"].items() if "partners" in keys else ():
            partner = self._partner(item)
            _refuse_same_name("partner", partner.name, item, names)
            found.append(partner)
        overlaps = find_overlaps([placed for _, placed in self._placed])
        for later, earlier in overlaps:
            node, (other, placed) = self._placed[later][0], self._placed[earlier]
            node.wrong(
                f"WALLET_OVERLAP: {placed.address} is {placed.partner}'s in that time by {other.where}; "
                "an address belongs to one partner at a time, once"
            )
        return tuple(found)

    def _partner(self, node: Node) -> Partner:
        keys = node.mapping(required=("name",), optional=("email", "minimum_payout", "wallets", "agreements"))
        name = (keys["name"].read(values.text) if "name" in keys else None) or ""
        return Partner(
            name=name,
            email=keys["email"].read(_email) if "email" in keys else None,
            minimum_payouts=self._minimum_payouts(keys["minimum_payout"]) if "minimum_payout" in keys else None,
            wallets=self._wallets(keys["wallets"], name) if "wallets" in keys else None,
            agreements=self._agreements(keys["agreements"]) if "agreements" in keys else None,
        )

    def _minimum_payouts(self, node: Node) -> dict[str, Decimal]:
        found = {}
        for chain_id, entry in node.entries().items():
            chain = self._chains.get(chain_id)
            if chain is None:
                entry.wrong(f"is no chain of the registry; there are {', '.join(sorted(self._chains))}")
            amount = entry.read(lambda value, chain=chain: values.amount(value, chain=chain))  # type: ignore[misc]
            if amount is not None:
                found[chain_id] = amount
        return found

    def _wallets(self, node: Node, partner: str) -> tuple[Wallet, ...]:
        found = []
        for item in node.items():
            wallet = self._wallet(item)
            if wallet is not None:
                found.append(wallet)
                self.wallet_nodes[partner, wallet] = item
                placed = Placed(wallet.chain, wallet.address, wallet.valid_from, wallet.valid_until, partner)
                self._placed.append((item, placed))
        return tuple(found)

    def _wallet(self, node: Node) -> Wallet | None:
        keys = node.mapping(required=("chain", "address", "kind", "valid_from"), optional=("valid_until",))
        chain = read_chain(keys["chain"], self._chains) if "chain" in keys else None
        kind = keys["kind"].read(lambda kind: values.wallet_kind(kind, chain=chain)) if "kind" in keys else None
        address = None
        if chain is not None and "address" in keys:
            address = keys["address"].read(lambda address: values.wallet_address(address, chain=chain))
        start, end = _times(keys, "valid_from", "valid_until")
        if chain is None or kind is None or address is None or start is None:
            return None
        return Wallet(chain.chain_id, address, kind, start, end)

    def _agreements(self, node: Node) -> tuple[Agreement, ...]:
        found = []
        names: dict[str, Node] = {}
        for item in node.items():
            keys = item.mapping(required=("name", "versions"), optional=("statuses",))
            name = (keys["name"].read(values.text) if "name" in keys else None) or ""
            _refuse_same_name("agreement", name, item, names)
            found.append(
                Agreement(
                    name=name,
                    versions=self._versions(keys["versions"]) if "versions" in keys else (),
                    statuses=_statuses(keys["statuses"]) if "statuses" in keys else None,
                )
            )
        return tuple(found)

    def _versions(self, node: Node) -> tuple[Version, ...]:
        found = [(item, self._version(item)) for item in node.items()]
        placed = sorted(
            ((item, version) for item, version in found if version.effective_from != _NOT_READ),
            key=lambda pair: pair[1].effective_from,
        )
        ended: list[tuple[Node, Version]] = []
        for place, (item, version) in enumerate(placed):
            following = placed[place + 1][1].effective_from if place + 1 < len(placed) else version.effective_from
            if version.effective_until is None and following > version.effective_from:
                # What has no end of its own ends where the next terms begin.
                version = replace(version, effective_until=following)
            for other, earlier in ended:
                if overlap(
                    earlier.effective_from, earlier.effective_until, version.effective_from, version.effective_until
                ):
                    item.wrong(
                        f"VERSION_OVERLAP: it begins before the version in {other.where} ends; "
                        "no two versions of an agreement are in force together"
                    )
                    break
            ended.append((item, version))
        return tuple(version for _, version in ended)

    def _version(self, node: Node) -> Version:
        keys = node.mapping(required=("effective_from", "rules"), optional=_VERSION_OPTIONAL)
        start, end = _times(keys, "effective_from", "effective_until")

        def chosen(key: str, allowed: tuple[str, ...]) -> str:
            found = keys[key].read(lambda value: values.choice(value, allowed)) if key in keys else None
            return found or allowed[0]

        version = Version(
            effective_from=start or _NOT_READ,
            effective_until=end,
            rules=(),
            stacking=chosen("stacking", terms.STACKINGS),
            allocation_mode=chosen("allocation_mode", terms.ALLOCATION_MODES),
            pool=keys["pool"].read(values.text) if "pool" in keys else None,
            basis=chosen("basis", terms.BASES),
            net_costs=_net_costs(keys["net_costs"]) if "net_costs" in keys else (),
            negative_policy=chosen("negative_policy", terms.NEGATIVE_POLICIES),
            clawback_months=keys["clawback_months"].read(values.whole_number) if "clawback_months" in keys else None,
        )
        _check_version(node, keys, version)
        rules = read_rules(keys["rules"], version, self._chains) if "rules" in keys else ()
        return replace(version, rules=rules)


def _check_version(node: Node, keys: dict[str, Node], version: Version) -> None:
    is_pool = version.allocation_mode == "POOL_SPLIT"
    if is_pool and "pool" not in keys:
        node.wrong("POOL_SPLIT needs a pool; add pool: NAME")
    if not is_pool and "pool" in keys:
        keys["pool"].wrong("is for allocation_mode: POOL_SPLIT only")
    is_net = version.basis == "NET"
    if is_net and ("net_costs" not in keys or keys["net_costs"].content == []):
        node.wrong(f"NET needs net_costs, a list of {', '.join(terms.NET_COSTS)}")
    if not is_net and "net_costs" in keys and keys["net_costs"].content != []:
        keys["net_costs"].wrong("is for basis: NET only")
    if is_net and is_pool:
        keys["basis"].wrong("NET is refused with POOL_SPLIT")


def _net_costs(node: Node) -> tuple[str, ...]:
    found: list[str] = []
    for item in node.items():
        cost = item.read(lambda value: values.choice(value, terms.NET_COSTS))
        if cost in found:
            item.wrong("stands twice; keep one of them")
        elif cost is not None:
            found.append(cost)
    return tuple(cost for cost in terms.NET_COSTS if cost in found)


def _statuses(node: Node) -> tuple[Status, ...]:
    found: list[Status] = []
    seen: dict[datetime, Node] = {}
    for item in node.items():
        keys = item.mapping(required=("status", "from"))
        status = keys["status"].read(lambda value: values.choice(value, terms.STATUSES)) if "status" in keys else None
        start = keys["from"].read(values.instant) if "from" in keys else None
        if start in seen:
            item.wrong(f"begins when the status in {seen[start].where} does; keep one of them")
        if start is not None:
            seen.setdefault(start, item)
        if status is not None and start is not None:
            found.append(Status(status, start))
    return tuple(sorted(found, key=lambda status: status.effective_from))


def _times(keys: dict[str, Node], start_key: str, end_key: str) -> tuple[datetime | None, datetime | None]:
    start = keys[start_key].read(values.instant) if start_key in keys else None
    end = keys[end_key].read(values.instant) if end_key in keys else None
    if start is not None and end is not None and end <= start:
        keys[end_key].wrong(f"must be after {start_key}: the time is half-open and holds an instant")
        end = None
    return start, end


def _email(value: object) -> str:
    if value == "":
        return ""
    return values.text(value)


def _refuse_same_name(what: str, name: str, node: Node, seen: dict[str, Node]) -> None:
    if name and name in seen:
        node.wrong(f"is the second {what} named {name}, after {seen[name].where}; names are unique", "name")
    seen.setdefault(name, node)
