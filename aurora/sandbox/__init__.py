"""The sandbox network: providers simulated or replayed on loopback, and the truth to check a warehouse against.

Names are imported when they are first used, so that importing this package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aurora.sandbox.clock import Clock
    from aurora.sandbox.errors import SandboxError
    from aurora.sandbox.ethereum.ledger import EthereumLedger, EthereumTruth, Misdirected
    from aurora.sandbox.ethereum.network import EthereumNetwork
    from aurora.sandbox.ethereum.scale import ETHEREUM_DEMO, ETHEREUM_MAINNET, EthereumScale
    from aurora.sandbox.faults import Fault, parse_faults
    from aurora.sandbox.registry_files import registry_documents, url_overrides, write_registry
    from aurora.sandbox.replay import ReplayServer
    from aurora.sandbox.run import run_replay, run_sandbox
    from aurora.sandbox.server import SandboxServer
    from aurora.sandbox.solana.bulk import block_bodies, reward_bodies
    from aurora.sandbox.solana.ledger import Ledger, StakerTruth, ValidatorTruth
    from aurora.sandbox.solana.scale import DEMO, MAINNET, Scale
    from aurora.sandbox.solana.world import World

__all__ = [
    "DEMO",
    "ETHEREUM_DEMO",
    "ETHEREUM_MAINNET",
    "MAINNET",
    "Clock",
    "EthereumLedger",
    "EthereumNetwork",
    "EthereumScale",
    "EthereumTruth",
    "Fault",
    "Ledger",
    "Misdirected",
    "ReplayServer",
    "SandboxError",
    "SandboxServer",
    "Scale",
    "StakerTruth",
    "ValidatorTruth",
    "World",
    "block_bodies",
    "parse_faults",
    "registry_documents",
    "reward_bodies",
    "run_replay",
    "run_sandbox",
    "url_overrides",
    "write_registry",
]

_MODULES = {
    "clock": ("Clock",),
    "errors": ("SandboxError",),
    "ethereum.ledger": ("EthereumLedger", "EthereumTruth", "Misdirected"),
    "ethereum.network": ("EthereumNetwork",),
    "ethereum.scale": ("ETHEREUM_DEMO", "ETHEREUM_MAINNET", "EthereumScale"),
    "faults": ("Fault", "parse_faults"),
    "registry_files": ("registry_documents", "url_overrides", "write_registry"),
    "replay": ("ReplayServer",),
    "run": ("run_replay", "run_sandbox"),
    "server": ("SandboxServer",),
    "solana.bulk": ("block_bodies", "reward_bodies"),
    "solana.ledger": ("Ledger", "StakerTruth", "ValidatorTruth"),
    "solana.scale": ("DEMO", "MAINNET", "Scale"),
    "solana.world": ("World",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)
