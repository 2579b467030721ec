"""``aurora dagster``: what it starts, and with which settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from dagster import DagsterInstance

from aurora.cli.dagster import dagster

pytestmark = pytest.mark.slow

_URL = "postgresql://operator@127.0.0.1:1/warehouse"


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], Mapping[str, str]]:
    calls: list[tuple[list[str], Mapping[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda _program, arguments, variables: calls.append((arguments, variables)))
    monkeypatch.setenv("AURORA_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", _URL)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("api.migrations.upgrade", lambda _url: None)
    dagster(host="127.0.0.1", port=3999)
    return calls[0]


def test_it_starts_the_program_beside_this_python_on_the_warehouse(
    started: tuple[list[str], Mapping[str, str]], tmp_path: Path
) -> None:
    arguments, variables = started
    assert Path(arguments[0]).is_absolute()
    assert os.access(arguments[0], os.X_OK)
    assert arguments[1:4] == ["dev", "-m", "dagster_defs.definitions"]
    assert variables["DATABASE_URL"] == _URL
    assert variables["DAGSTER_HOME"] == str(tmp_path / "dagster")


def test_its_instance_sends_nothing_home_and_runs_one_thing_at_a_time(
    started: tuple[list[str], Mapping[str, str]],
) -> None:
    with DagsterInstance.from_config(started[1]["DAGSTER_HOME"]) as instance:
        assert not instance.telemetry_enabled
        queue = instance.get_concurrency_config().run_queue_config
        assert queue is not None
        assert queue.max_concurrent_runs == 1


def test_an_operators_settings_of_the_instance_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "dagster" / "dagster.yaml"
    own.parent.mkdir()
    own.write_text("telemetry: {enabled: false}\n")
    monkeypatch.setattr(os, "execve", lambda *_: None)
    monkeypatch.setenv("AURORA_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", _URL)
    monkeypatch.setattr("api.migrations.upgrade", lambda _url: None)

    dagster(host="127.0.0.1", port=3999)

    assert own.read_text() == "telemetry: {enabled: false}\n"
