"""An answer of a provider before it becomes bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """A JSON value with its status and headers."""

    value: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
