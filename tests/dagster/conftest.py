"""The asset graph over a sandbox network: registry files, a home folder and databases of these tests alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.migrations import upgrade
from aurora.periods import PeriodRange
from aurora.registry import load_registry
from aurora.sandbox import SandboxServer, url_overrides, write_registry
from aurora.settings import PROJECT_ROOT
from aurora.transform import Transformer
from loaders.load import LoadRequest, run_load
from tests.postgres import PostgresServer

if TYPE_CHECKING:
    from dagster import DagsterInstance, Definitions
    from dbt.contracts.graph.manifest import Manifest

# Loads the definitions where whatever connects is told so.
_LOAD = """
import socket
def refuse(*arguments):
    raise AssertionError(f"the definitions connect to {arguments[1:]}")
socket.socket.connect = refuse
from dagster_defs.definitions import defs
print(len(defs.resolve_asset_graph().get_all_asset_keys()))
"""


@pytest.fixture(scope="session")
def network() -> Iterator[SandboxServer]:
    with SandboxServer(scale="demo", seed=1) as server:
        yield server


@pytest.fixture
def sandbox(network: SandboxServer) -> SandboxServer:
    network.faults.clear()
    return network


@pytest.fixture(scope="session")
def variables(network: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What an operator sets: the sandbox's registry with its keys, and a home folder."""
    folder = tmp_path_factory.mktemp("registry")
    chains, providers = write_registry(folder, network, chains=("solana", "ethereum"), with_beach=True)
    return {
        **url_overrides(network),
        "AURORA_CHAINS_FILE": str(chains),
        "AURORA_PROVIDERS_FILE": str(providers),
        "AURORA_HOME": str(tmp_path_factory.mktemp("home")),
    }


@pytest.fixture(scope="session")
def first_load(variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A process that loads the definitions for the first time: no PATH, no network, a database that is nowhere."""
    nowhere = {"PATH": "", "DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:1/nothing"}
    return subprocess.run(
        [sys.executable, "-c", _LOAD],
        env={**variables, **nowhere},
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def definitions(first_load: object, variables: dict[str, str]) -> Iterator[Definitions]:
    """The definitions in this process, from the manifest that the first load left; DATABASE_URL is unset."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.delenv("DATABASE_URL", raising=False)
        from dagster_defs import definitions as module

        yield module.definitions(load_registry())


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    from dagster import DagsterInstance

    with DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@dataclass(frozen=True, slots=True)
class Built:
    """A warehouse that the commands made: an epoch and a day, transformed and not tested."""

    url: str
    epoch: int = 844
    day: int = 20260102


@pytest.fixture(scope="session")
def by_command(
    definitions: object, network: SandboxServer, server: PostgresServer, manifest: Manifest, dbt_target: Path
) -> Built:
    built = Built(server.create("by_command"))
    network.faults.clear()
    upgrade(built.url)
    registry = load_registry()
    run_load(registry, built.url, LoadRequest("ethereum", PeriodRange(built.day, built.day)))
    run_load(registry, built.url, LoadRequest("solana", PeriodRange(built.epoch, built.epoch)))
    Transformer(built.url, target_path=dbt_target, manifest=manifest).build(command="run")
    return built


_numbers = count(1)


@pytest.fixture
def new_database(server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Makes a database with nothing but the app schema, which DATABASE_URL names from then on."""

    def make() -> str:
        url = server.create(f"dagster_{next(_numbers)}")
        upgrade(url)
        monkeypatch.setenv("DATABASE_URL", url)
        return url

    return make
