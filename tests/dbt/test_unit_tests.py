"""dbt's own unit tests: each rule and edge of the models that compute."""

from __future__ import annotations

import pytest

from tests.worlds import World

pytestmark = pytest.mark.slow


def test_every_rule_of_the_models_holds_on_its_smallest_rows(world: World) -> None:
    report = world.warehouse.build(select=["test_type:unit"], command="test")
    assert report.succeeded >= 95
    assert report.skipped == 0
    assert report.warned == []


def test_every_data_test_holds_over_the_whole_history(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AURORA_TEST_SCOPE", "all")
    report = world.warehouse.build(select=["test_type:data"], command="test")
    nodes = world.warehouse.manifest.nodes.values()
    tests = sum(node.resource_type == "test" for node in nodes)
    assert tests >= sum(node.resource_type == "model" for node in nodes)
    assert report.succeeded >= tests
    assert report.skipped == 0
    assert report.warned == []
