"""How a load tells what it is doing: the command draws bars, everything else stays silent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Step(Protocol):
    """One piece of long work."""

    def advance(self, count: int = 1) -> None:
        """Say that ``count`` more are done."""


class Progress(Protocol):
    """Receives the steps of a load."""

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[Step]:
        """A step of ``total`` pieces (None: not known before)."""

    def say(self, text: str) -> None:
        """One line that the user should read before a long load."""


class SilentStep:
    """A step that nobody watches."""

    def advance(self, count: int = 1) -> None:
        """Nothing to show."""


class SilentProgress:
    """For tests, Dagster and scripts."""

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[Step]:
        """A step that shows nothing."""
        yield SilentStep()

    def say(self, text: str) -> None:
        """Nobody reads it."""
