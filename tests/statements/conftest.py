"""A warehouse with two partners and nothing earned yet: a template, and a copy for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.postgres import PostgresServer
from tests.statements.desk import PEOPLE, Compiled, Desk, compiled_statements
from tests.worlds import Warehouse

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


@pytest.fixture(scope="session")
def desk_template(server: PostgresServer, bare_database: str, manifest: Manifest, dbt_target: Path) -> str:
    """The name of the template."""
    name = "aurora_desk"
    warehouse = Warehouse(server.create(name, template=bare_database), manifest, dbt_target)
    warehouse.execute(PEOPLE)
    warehouse.disconnect_everybody()
    return name


@pytest.fixture(scope="session")
def compiled(
    server: PostgresServer, desk_template: str, manifest: Manifest, tmp_path_factory: pytest.TempPathFactory
) -> Compiled:
    """The models of statements as dbt compiles them for the template."""
    warehouse = Warehouse(server.url(desk_template), manifest, tmp_path_factory.mktemp("compiled"))
    found = compiled_statements(warehouse, desk_template)
    warehouse.disconnect_everybody()
    return found


@pytest.fixture
def desk(
    server: PostgresServer,
    desk_template: str,
    compiled: Compiled,
    manifest: Manifest,
    dbt_target: Path,
    database_names: Callable[[str], str],
) -> Iterator[Desk]:
    """A desk of a test's own."""
    name = database_names("desk")
    yield Desk(Warehouse(server.create(name, template=desk_template), manifest, dbt_target), compiled)
    server.drop(name)
