"""Loads of the short Ethereum chain in a few words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from aurora.periods import PeriodRange
from aurora.registry import Registry, read_registry
from aurora.sandbox import SandboxServer, url_overrides, write_registry
from loaders.load import LoadReport, LoadRequest, run_load
from loaders.runs import Run
from tests.worlds import QUICK

Entry = dict[str, Any]
DATA_TYPES = ("FEES", "MEV", "REWARDS", "META")


def mapping(data_type: str, provider: str, role: str = "primary", priority: int = 1) -> Entry:
    """One line of the mappings."""
    return {
        "chain": "ethereum",
        "data_type": data_type,
        "provider": provider,
        "role": role,
        "priority": priority,
    }


EXPLORER_ALONE = [mapping(data_type, "beaconchain") for data_type in DATA_TYPES]


def registry_with(
    network: SandboxServer,
    folder: Path,
    *,
    mappings: Sequence[Entry] | None = None,
    chain: Callable[[Entry], None] = lambda _chain: None,
    providers: Callable[[dict[str, Entry]], None] = lambda _providers: None,
    without: Sequence[str] = (),
) -> Registry:
    """The network's registry, with its chain and its providers (by name) changed by the caller.

    ``without``: variables that are not set.
    """
    chains_file, providers_file = write_registry(folder, network, chains=("ethereum",), mappings=mappings)
    chains, served = (yaml.safe_load(path.read_text()) for path in (chains_file, providers_file))
    chain(chains["chains"][0])
    providers({entry["provider"]: entry for entry in served["providers"]})
    chains_file.write_text(yaml.safe_dump(chains))
    providers_file.write_text(yaml.safe_dump(served))
    environment = {name: value for name, value in url_overrides(network).items() if name not in without}
    return read_registry(chains_file, providers_file, environment=environment)


def load(registry: Registry, url: str, first: int, last: int, **options: Any) -> LoadReport:
    """Load days."""
    return run_load(registry, url, LoadRequest("ethereum", PeriodRange(first, last), **options), backoff=QUICK)


def run_of(report: LoadReport, endpoint: str) -> Run:
    """The one run of an endpoint."""
    [run] = [run for run in report.runs if run.endpoint.name == endpoint]
    return run
