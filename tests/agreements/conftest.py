"""A migrated database for whoever writes agreements, the project's own registry, and files to apply to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.agreements.service import Difference, apply_file, compare_file, export_file
from api.agreements.service import lint as find
from api.migrations import upgrade
from aurora.registry import Registry, read_registry
from aurora.settings import PROJECT_ROOT
from tests.api.world import execute, query
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


@pytest.fixture(scope="session")
def registry() -> Registry:
    return read_registry(PROJECT_ROOT / "chains.yaml", PROJECT_ROOT / "providers.yaml", environment={})


class Office:
    """Where agreements are written, applied and looked at."""

    def __init__(self, url: str, folder: Path, registry: Registry) -> None:
        self.url = url
        self.registry = registry
        self.folder = folder

    def file(self, text: str, name: str = "agreements.yaml") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def apply(self, text: str, *, actor: str = "ada") -> Difference:
        return apply_file(self.url, self.file(text), self.registry, actor=actor)

    def diff(self, text: str) -> Difference:
        return compare_file(self.url, self.file(text), self.registry)

    def export(self) -> str:
        return export_file(self.url)

    def lint(self, text: str | None = None) -> list[str]:
        return [str(found) for found in find(self.url, self.registry, self.file(text) if text else None)]

    def rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        return query(self.url, statement, *parameters)

    def execute(self, statement: str, *parameters: object) -> None:
        execute(self.url, statement, *parameters)

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of the app schema, as text."""
        tables = self.rows("select relname from pg_class where relnamespace = 'app'::regnamespace and relkind = 'r'")
        return {name: self.rows(f"select row::text from app.{name} as row order by 1") for (name,) in sorted(tables)}


@pytest.fixture
def office(database: str, tmp_path: Path, registry: Registry) -> Office:
    return Office(database, tmp_path, registry)
