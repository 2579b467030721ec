"""``chains.yaml`` and ``providers.yaml`` (REGISTRY.md) for a running sandbox."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aurora.sandbox.errors import SandboxError
from aurora.sandbox.ethereum import beaconchain
from aurora.sandbox.ethereum.cast import Member
from aurora.sandbox.ethereum.checksum import checksummed
from aurora.sandbox.ethereum.validators import Validator
from aurora.sandbox.providers import (
    BEACON_NODE,
    BEACONCHAIN,
    ETH_RPC,
    JITO,
    MEV_RELAY,
    SOLANA_BEACH,
    SOLANA_RPC,
    STAKEWIZ,
)
from aurora.sandbox.server import SandboxServer
from aurora.sandbox.solana import beach

Entry = Mapping[str, Any]

_KEYS = {
    BEACONCHAIN: ("BEACONCHAIN_API_KEY", beaconchain.API_KEY),
    SOLANA_BEACH: ("SOLANABEACH_API_KEY", beach.API_KEY),
}
_BATCH_SIZES = {SOLANA_RPC: 50, BEACONCHAIN: 20, BEACON_NODE: 64, ETH_RPC: 50, MEV_RELAY: 200}
_PROVIDERS = {
    "solana": (SOLANA_RPC, JITO, STAKEWIZ),
    "ethereum": (BEACONCHAIN, BEACON_NODE, ETH_RPC, MEV_RELAY),
}
_SOLANA_MAPPINGS = (
    ("FEES", SOLANA_RPC, "primary", 1),
    ("REWARDS", SOLANA_RPC, "primary", 1),
    ("META", SOLANA_RPC, "primary", 1),
    ("MEV", JITO, "primary", 1),
    ("META", JITO, "fallback", 2),
    ("META", STAKEWIZ, "fallback", 3),
)
_BEACH_MAPPINGS = (("FEES", SOLANA_BEACH, "fallback", 2),)
_ETHEREUM_MAPPINGS = tuple(
    row
    for data_type, provider in (("FEES", ETH_RPC), ("MEV", MEV_RELAY), ("REWARDS", BEACON_NODE), ("META", BEACON_NODE))
    for row in ((data_type, provider, "primary", 1), (data_type, BEACONCHAIN, "fallback", 2))
)


def write_registry(
    folder: Path,
    server: SandboxServer,
    *,
    shown_url: str | None = None,
    chains: Collection[str] = ("solana",),
    with_beach: bool = False,
    mappings: Sequence[Entry] | None = None,
) -> tuple[Path, Path]:
    """Write both files into a folder, which is made where it is missing; files there are replaced.

    Args:
        shown_url: stands for the server's own address in ``providers.yaml``, so that the registry is the same
            whatever port the server got; `url_overrides` then says where it really is.
        chains: of ``solana`` and ``ethereum``.
        with_beach: Solana Beach as the fallback of Solana's fees.
        mappings: take the place of Ethereum's own.

    Returns:
        (path of ``chains.yaml``, path of ``providers.yaml``)

    Raises:
        SandboxError: the server is not running, or no such chain.
    """
    import yaml

    documents = registry_documents(server, chains=chains, with_beach=with_beach, mappings=mappings)
    if shown_url is not None:
        _show(documents[1]["providers"], server, shown_url)
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "chains.yaml", folder / "providers.yaml"
    for path, document in zip(paths, documents, strict=True):
        path.write_text(yaml.safe_dump(document, sort_keys=False, width=120), encoding="utf-8")
    return paths


def url_overrides(server: SandboxServer) -> dict[str, str]:
    """The variables (REGISTRY.md) that name each provider's running address, and hold the keys it asks for."""
    urls = {f"AURORA_{name.upper()}_URL": url for name, url in server.urls.items()}
    return {**urls, **dict(_KEYS.values())}


def registry_documents(
    server: SandboxServer,
    *,
    chains: Collection[str] = ("solana",),
    with_beach: bool = False,
    mappings: Sequence[Entry] | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the two files say, as plain values: to be written, or merged with other chains.

    Raises:
        SandboxError: the server is not running, or no such chain.
    """
    unknown = sorted(set(chains) - set(_PROVIDERS))
    if unknown:
        raise SandboxError(f"sandbox chain {unknown[0]!r} is unknown; choose of {', '.join(_PROVIDERS)}")
    wanted = [chain for chain in _PROVIDERS if chain in chains]
    names = [name for chain in wanted for name in _PROVIDERS[chain]]
    mapped: list[Entry] = []
    for chain in wanted:
        rows = _SOLANA_MAPPINGS if chain == "solana" else _ETHEREUM_MAPPINGS
        if chain == "solana" and with_beach:
            names.append(SOLANA_BEACH)
            rows += _BEACH_MAPPINGS
        if chain == "ethereum" and mappings is not None:
            mapped += mappings
        else:
            mapped += [_mapping(chain, *row) for row in rows]
    made = {"solana": _solana, "ethereum": _ethereum}
    return {"chains": [made[chain](server) for chain in wanted]}, {
        "providers": [_provider(name, server) for name in names],
        "mappings": [dict(entry) for entry in mapped],
    }


def _mapping(chain: str, data_type: str, provider: str, role: str, priority: int) -> Entry:
    return {"chain": chain, "data_type": data_type, "provider": provider, "role": role, "priority": priority}


def _show(providers: list[dict[str, Any]], server: SandboxServer, shown_url: str) -> None:
    """Let a server with the shown address stand for this one; its relays have the ports after it."""
    shown = urlsplit(shown_url)
    port = shown.port or (443 if shown.scheme == "https" else 80)
    for provider in providers:
        if "base_url" in provider:
            provider["base_url"] = provider["base_url"].replace(server.url, shown_url, 1)
        else:
            relays = range(1, len(provider["base_urls"]) + 1)
            provider["base_urls"] = [f"{shown.scheme}://{shown.hostname}:{port + place}" for place in relays]


def _solana(server: SandboxServer) -> dict[str, Any]:
    return {
        "chain_id": "solana",
        "name": "Solana",
        "native_unit": "SOL",
        "base_unit": "lamport",
        "native_decimals": 9,
        "period_type": "EPOCH",
        "finality_lag": 1,
        "slots_per_epoch": server.scale.slots_per_epoch,
        "parameters": [
            {"name": "mev_protocol_fee_bps", "from_period": 0, "value": 0},
            {"name": "mev_protocol_fee_bps", "from_period": 752, "value": 300},
            {"name": "priority_fee_protocol_bps", "from_period": 0, "value": 150},
        ],
        "validators": [_validator(server, index) for index in tracked_validators(server)],
    }


def tracked_validators(server: SandboxServer) -> list[int]:
    """The indexes of the Solana validators that are the operator's: those with a label."""
    return [index for index, traits in enumerate(server.world.accounts.traits) if traits.label is not None]


def _validator(server: SandboxServer, index: int) -> dict[str, Any]:
    accounts = server.world.accounts
    entry: dict[str, Any] = {"vote_pubkey": accounts.votes[index], "label": accounts.traits[index].label}
    own = server.ledger.own_stake_accounts(accounts.votes[index])
    return {**entry, "own_stake_accounts": own} if own else entry


def _ethereum(server: SandboxServer) -> dict[str, Any]:
    network = server.ethereum
    return {
        "chain_id": "ethereum",
        "name": "Ethereum",
        "native_unit": "ETH",
        "base_unit": "wei",
        "native_decimals": 18,
        "period_type": "DAY",
        "finality_lag": 1,
        "slots_per_epoch": network.scale.slots_per_epoch,
        "seconds_per_slot": network.scale.seconds_per_slot,
        "genesis_at": _instant(network.scale.genesis_time),
        "operator_addresses": [checksummed(one) for one in network.world.validators.operator_addresses],
        "validators": [
            _ethereum_validator(server, one, one.member)
            for one in network.world.validators.all
            if one.member is not None
        ],
    }


def _ethereum_validator(server: SandboxServer, one: Validator, member: Member) -> dict[str, Any]:
    calendar = server.ethereum.world.calendar
    entry: dict[str, Any] = {"public_key": one.public_key}
    if member.is_index_listed:
        entry["validator_index"] = one.index
    entry["label"] = member.label
    # As people paste them: from an explorer with the checksum, from a node without.
    entry["fee_recipients"] = [checksummed(one.fee_recipient) if one.number % 2 else one.fee_recipient]
    if member.is_index_listed and one.number % 2:
        entry["withdrawal_address"] = one.withdrawal_address
    if member.owners:
        entry["ownership"] = [
            {
                "from": _instant(calendar.midnight(calendar.day_of_number(day))),
                "owner": owner,
                "fee_bps": fee_bps,
                "execution_fee_bps": execution_fee_bps,
            }
            for day, owner, fee_bps, execution_fee_bps in member.owners
        ]
    return entry


def _instant(moment: int) -> datetime:
    return datetime.fromtimestamp(moment, tz=UTC)


def _provider(name: str, server: SandboxServer) -> dict[str, Any]:
    auth = {"kind": "bearer", "env": _KEYS[name][0]} if name in _KEYS else {"kind": "none"}
    where: dict[str, Any] = (
        {"base_urls": list(server.relay_urls)} if name == MEV_RELAY else {"base_url": server.urls[name]}
    )
    return {
        "provider": name,
        "api": name,
        **where,
        "auth": auth,
        "rate_limit": {"requests_per_second": 2000, "burst": 2000, "concurrency": 16, "monthly_budget": None},
        "timeout_seconds": 30,
        "retry": {"attempts": 6, "budget_seconds": 120},
        "batch_size": _BATCH_SIZES.get(name, 1),
    }
