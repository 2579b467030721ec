"""What tests of incremental builds share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aurora.registry import Registry
from aurora.sandbox import SandboxServer
from aurora.warehouse.urls import parse_url
from tests.postgres import PostgresServer
from tests.worlds import Warehouse, registry_of


@pytest.fixture
def registry(network: SandboxServer, tmp_path: Path) -> Registry:
    """The registry of the running network."""
    return registry_of(network, tmp_path)


@pytest.fixture
def rebuilt(server: PostgresServer, database_names: Callable[[str], str]) -> Callable[[Warehouse], Warehouse]:
    """The same payloads, every table of Solana built from them at once."""

    def rebuild(warehouse: Warehouse) -> Warehouse:
        warehouse.disconnect_everybody()
        copy = server.create(database_names("rebuilt"), template=parse_url(warehouse.url).database)
        other = Warehouse(copy, warehouse.manifest, warehouse.target)
        other.build(chain="solana", full_refresh=True, command="run")
        return other

    return rebuild
