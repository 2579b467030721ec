"""The API behind a real socket over a real database: one that tests only read, and copies for those that write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx
import pytest

from api.keys.models import Role
from api.keys.service import create_key
from tests.api.world import Served, app_of, build, listening
from tests.postgres import PostgresServer, TemplateDatabases

Serve = Callable[..., AbstractContextManager[Served]]


@pytest.fixture(scope="session")
def databases(server: PostgresServer) -> TemplateDatabases:
    return TemplateDatabases(server, "api_template", build=build)


@contextmanager
def _served(url: str, **settings: Any) -> Iterator[Served]:
    operator = create_key(url, name="operator", role=Role.OPERATOR).secret
    partner = create_key(url, name="acme", role=Role.PARTNER, partner="Acme").secret
    with listening(app_of(url, **settings)) as address, httpx.Client(timeout=30) as client:
        yield Served(url=url, address=address, client=client, operator=operator, partner=partner)


@pytest.fixture(scope="session")
def api(databases: TemplateDatabases) -> Iterator[Served]:
    """An API that tests only read from."""
    with _served(
        databases.clone("api_shared"), cors_origins="https://app.example.org, https://b.example.org"
    ) as served:
        yield served


@pytest.fixture
def database(databases: TemplateDatabases, database_names: Callable[[str], str]) -> Iterator[str]:
    """The URL of a copy to write in."""
    name = database_names("api")
    yield databases.clone(name)
    databases.drop(name)


@pytest.fixture
def own_api(database: str) -> Iterator[Served]:
    """An API over a copy to write in."""
    with _served(database) as served:
        yield served


@pytest.fixture
def serve() -> Serve:
    """Serves the application over the database of a URL, with settings, and two keys."""
    return _served
