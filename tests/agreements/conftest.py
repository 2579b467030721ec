"""A migrated database for whoever writes agreements, and the registry that comes with the project."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from api.migrations import upgrade
from tests.postgres import PostgresServer, TemplateDatabases


@pytest.fixture(scope="session")
def migrated(server: PostgresServer) -> TemplateDatabases:
    return TemplateDatabases(server, "agreements_template", build=upgrade)


@pytest.fixture
def database(migrated: TemplateDatabases, database_names: Callable[[str], str]) -> Iterator[str]:
    """The URL of a database with an empty app schema."""
    name = database_names("agreements")
    yield migrated.clone(name)
    migrated.drop(name)
