"""Files that are shared with the project and never copied into it: recorded responses, oracles, worked examples."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("AURORA_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def shared_path(name: str) -> Path:
    """A shared file; its absence is a failure in CI, and a skip elsewhere."""
    path = SHARED / name
    if path.exists():
        return path
    reason = f"{path} is missing; set AURORA_SHARED to the folder that holds fixtures/ and vectors/"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def fixture_path(name: str) -> Path:
    """A recorded response or an oracle."""
    return shared_path(f"fixtures/{name}")
