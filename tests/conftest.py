"""What the whole suite shares: one Postgres, one parsed dbt project, one loaded world that tests copy."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aurora.registry import read_registry
from aurora.sandbox import SandboxServer
from aurora.settings import PROJECT_ROOT
from tests.postgres import PostgresServer, quick_folder, running_server
from tests.quickly import quicken_adbc, quicken_dbt
from tests.worlds import LAST, Warehouse, World, build_world, registry_of

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


@pytest.hookimpl(tryfirst=True)  # before xdist looks at the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put together what shares something dear, since each worker makes its own: a file, Dagster's tests, the world."""
    for item in items:
        group = item.path.parent if "dagster" in item.path.parts else item.path
        is_of_the_world = "world" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("world" if is_of_the_world else str(group)))


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """The suite's PostgreSQL: the embedded one."""
    quicken_adbc()
    with running_server() as running:
        yield running


@pytest.fixture(scope="session")
def dbt_target() -> Iterator[Path]:
    """Where dbt writes its artifacts in this run."""
    with tempfile.TemporaryDirectory(prefix="aurora-dbt-", dir=quick_folder()) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def manifest(server: PostgresServer, dbt_target: Path) -> Manifest:
    """The dbt project, parsed once for the suite."""
    from aurora.transform import Transformer

    quicken_dbt()
    return Transformer(server.url("postgres"), target_path=dbt_target).manifest()


@pytest.fixture(scope="session")
def world(
    server: PostgresServer, manifest: Manifest, dbt_target: Path, tmp_path_factory: pytest.TempPathFactory
) -> World:
    """A warehouse loaded and built from the demo network, to be read only; `fresh_world` gives a copy to write in."""
    warehouse = Warehouse(server.create("aurora_world"), manifest, dbt_target)
    with SandboxServer(scale="demo", seed=1) as network:
        build_world(warehouse, registry_of(network, tmp_path_factory.mktemp("registry")), network)
        truth = {
            (epoch, vote): (cell, network.ledger.stakers(epoch, vote) if cell.commission is not None else {})
            for epoch in range(LAST - 4, LAST + 1)
            for vote, cell in network.ledger.epoch(epoch, tracked_only=True).items()
        }
    return World(warehouse, truth)


@pytest.fixture
def network() -> Iterator[SandboxServer]:
    """The demo network, where the world's was when it was loaded."""
    with SandboxServer(scale="demo", seed=1) as running:
        yield running


@pytest.fixture(scope="session")
def database_names() -> Callable[[str], str]:
    """Names that no other test takes."""
    numbers = count(1)
    return lambda stem: f"test_{stem}_{next(numbers)}"


@pytest.fixture
def empty_warehouse(
    server: PostgresServer, manifest: Manifest, dbt_target: Path, database_names: Callable[[str], str]
) -> Iterator[Warehouse]:
    """A database with nothing in it."""
    name = database_names("empty")
    yield Warehouse(server.create(name), manifest, dbt_target)
    server.drop(name)


@pytest.fixture
def fresh_world(
    world: World,
    server: PostgresServer,
    manifest: Manifest,
    dbt_target: Path,
    database_names: Callable[[str], str],
) -> Iterator[Warehouse]:
    """A copy of the world's warehouse."""
    name = database_names("world")
    world.warehouse.disconnect_everybody()
    yield Warehouse(server.create(name, template="aurora_world"), manifest, dbt_target)
    server.drop(name)


@pytest.fixture(scope="session")
def bare_database(server: PostgresServer, manifest: Manifest, dbt_target: Path) -> str:
    """The name of a database in which everything is built of nothing: a template."""
    name = "aurora_bare"
    warehouse = Warehouse(server.create(name), manifest, dbt_target)
    registry = read_registry(PROJECT_ROOT / "chains.yaml", PROJECT_ROOT / "providers.yaml", environment={})
    warehouse.build(registry, command="run")
    warehouse.disconnect_everybody()
    return name


@pytest.fixture
def bare_warehouse(
    server: PostgresServer,
    bare_database: str,
    manifest: Manifest,
    dbt_target: Path,
    database_names: Callable[[str], str],
) -> Iterator[Warehouse]:
    """A warehouse with every table and no payload."""
    name = database_names("bare")
    yield Warehouse(server.create(name, template=bare_database), manifest, dbt_target)
    server.drop(name)
