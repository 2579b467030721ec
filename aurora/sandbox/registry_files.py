"""``chains.yaml`` and ``providers.yaml`` (REGISTRY.md) for a running sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aurora.sandbox.providers import JITO, SOLANA_RPC, STAKEWIZ
from aurora.sandbox.server import SandboxServer


def write_registry(folder: Path, server: SandboxServer, *, shown_url: str | None = None) -> tuple[Path, Path]:
    """Write both files into a folder, which is made where it is missing; files there are replaced.

    Args:
        shown_url: stands for the server's own address in ``providers.yaml``, so that the registry is the same
            whatever port the server got; `url_overrides` then says where it really is.

    Returns:
        (path of ``chains.yaml``, path of ``providers.yaml``)

    Raises:
        SandboxError: the server is not running.
    """
    import yaml

    chains, providers = registry_documents(server)
    if shown_url is not None:
        for provider in providers["providers"]:
            provider["base_url"] = provider["base_url"].replace(server.url, shown_url, 1)
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "chains.yaml", folder / "providers.yaml"
    for path, document in zip(paths, (chains, providers), strict=True):
        path.write_text(yaml.safe_dump(document, sort_keys=False, width=120), encoding="utf-8")
    return paths


def url_overrides(server: SandboxServer) -> dict[str, str]:
    """The variables (REGISTRY.md) that name each provider's running address."""
    return {f"AURORA_{name.upper()}_URL": url for name, url in server.urls.items()}


def registry_documents(server: SandboxServer) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the two files say, as plain values: to be written, or merged with other chains."""
    return {"chains": [_chain(server)]}, {
        "providers": [_provider(name, url) for name, url in server.urls.items()],
        "mappings": [
            {"chain": "solana", "data_type": data_type, "provider": provider, "role": role, "priority": priority}
            for data_type, provider, role, priority in (
                ("FEES", SOLANA_RPC, "primary", 1),
                ("REWARDS", SOLANA_RPC, "primary", 1),
                ("META", SOLANA_RPC, "primary", 1),
                ("MEV", JITO, "primary", 1),
                ("META", JITO, "fallback", 2),
                ("META", STAKEWIZ, "fallback", 3),
            )
        ],
    }


def _chain(server: SandboxServer) -> dict[str, Any]:
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
    """The indexes of the validators that are the operator's: those with a label."""
    return [index for index, traits in enumerate(server.world.accounts.traits) if traits.label is not None]


def _validator(server: SandboxServer, index: int) -> dict[str, Any]:
    accounts = server.world.accounts
    entry: dict[str, Any] = {"vote_pubkey": accounts.votes[index], "label": accounts.traits[index].label}
    own = server.ledger.own_stake_accounts(accounts.votes[index])
    return {**entry, "own_stake_accounts": own} if own else entry


def _provider(name: str, base_url: str) -> dict[str, Any]:
    return {
        "provider": name,
        "api": name,
        "base_url": base_url,
        "auth": {"kind": "none"},
        "rate_limit": {"requests_per_second": 2000, "burst": 2000, "concurrency": 16, "monthly_budget": None},
        "timeout_seconds": 30,
        "retry": {"attempts": 6, "budget_seconds": 120},
        "batch_size": 50 if name == SOLANA_RPC else 1,
    }
