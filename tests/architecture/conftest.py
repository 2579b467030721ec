"""The dbt project, parsed in this process without a database, with everything that the parser had to say."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import pytest

from aurora.transform import dbt_arguments, dbt_environment


@dataclass(slots=True)
class Project:
    """The manifest, and the warnings that parsing gave."""

    manifest: Any
    warnings: list[str] = field(default_factory=list)

    @property
    def models(self) -> list[Any]:
        """The models, by name."""
        found = [node for node in self.manifest.nodes.values() if node.resource_type == "model"]
        return sorted(found, key=lambda node: str(node.name))

    @property
    def sources(self) -> list[Any]:
        """The source tables."""
        return list(self.manifest.sources.values())

    @property
    def unit_tests(self) -> list[Any]:
        """The unit tests."""
        return list(self.manifest.unit_tests.values())

    def tests_on(self, model: Any) -> list[Any]:
        """The generic tests that a model's YAML declares."""
        return [
            node
            for node in self.manifest.nodes.values()
            if node.resource_type == "test" and getattr(node, "attached_node", None) == model.unique_id
        ]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project as a build would see it."""
    from dbt.cli.main import dbtRunner

    warnings: list[str] = []

    def hear(event: Any) -> None:
        if str(event.info.level) in {"warn", "error"}:
            warnings.append(f"{event.info.name}: {event.info.msg}")

    target = tmp_path_factory.mktemp("parsed")
    arguments = dbt_arguments("parse", target_path=target)
    arguments += ["--no-partial-parse", "--show-all-deprecations", "--quiet", "--log-level", "none"]
    with pytest.MonkeyPatch.context() as patch:
        for name, setting in dbt_environment("postgresql://nobody@localhost:1/nowhere").items():
            patch.setitem(os.environ, name, setting)
        parsed = dbtRunner(callbacks=[hear]).invoke(arguments)
    assert parsed.success, parsed.exception
    return Project(parsed.result, warnings)
