"""`aurora demo`, as a user runs it: from nothing, and again."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="aurora-demo-") as folder:
        yield Path(folder)
        _aurora(Path(folder), "db", "down")


def _aurora(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AURORA_", "DATABASE_"))}
    return subprocess.run(
        [sys.executable, "-m", "aurora", *arguments],
        env={**environment, "AURORA_HOME": str(home), "TZ": "Asia/Kolkata"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_demo_is_checked_to_the_lamport_and_changes_nothing_when_run_again(home: Path) -> None:
    first = _aurora(home, "demo")
    assert first.returncode == 0, first.stderr
    assert "equals the simulated network's own ledger" in first.stdout
    assert "Aurora One" in first.stdout
    tables = _aurora(
        home, "db", "psql", "-At", "-c", "select count(*) from computation.validator_pnl where is_complete"
    )
    assert int(tables.stdout) >= 12 * 3

    second = _aurora(home, "demo")
    assert second.returncode == 0, second.stderr
    assert "Nothing changed" in second.stdout

    said = _aurora(home, "doctor").stdout
    for check in ("settings", "registry", "database", "warehouse", "migrations"):
        assert f"ok       {check}" in said
