"""The same numbers on another PostgreSQL: an older version, another time zone, another collation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aurora.sandbox import SandboxServer
from tests.postgres import SYSTEM_BIN_DIRS, running_server
from tests.worlds import Warehouse, World, build_world, registry_of

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

pytestmark = pytest.mark.slow


@pytest.mark.skipif(not SYSTEM_BIN_DIRS, reason="the system has no PostgreSQL of its own")
def test_the_systems_postgres_in_another_time_zone_and_collation_gives_the_same_tables(
    world: World, manifest: Manifest, dbt_target: Path, network: SandboxServer, tmp_path: Path
) -> None:
    with running_server(bin_dir=SYSTEM_BIN_DIRS[0]) as server:
        url = server.create("elsewhere", timezone="Asia/Kolkata", collation=server.foreign_collation())
        warehouse = Warehouse(url, manifest, dbt_target)
        build_world(warehouse, registry_of(network, tmp_path), network)
        assert world.warehouse.fingerprint().changed(warehouse.fingerprint()) == []
