"""What is wrong with a file: gathered while it is read, told all at once, in the order of its lines."""

from __future__ import annotations

from pathlib import Path

from aurora.errors import InputError
from aurora.registry.document import shown


class WrongValueError(Exception):
    """Why one value cannot be right."""


class Problems:
    """The problems of one file."""

    def __init__(self, path: Path) -> None:
        self._file = shown(path)
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, reason: str) -> None:
        """Note that something on this line is wrong."""
        self._found.append((line, reason))

    def __len__(self) -> int:
        return len(self._found)

    def refuse(self) -> None:
        """Go on where nothing was wrong.

        Raises:
            InputError: something was; every problem as ``FILE:LINE: reason``.
        """
        if self._found:
            ordered = sorted(self._found, key=lambda found: found[0])
            raise InputError(f"{self._file}:{line}: {reason}" for line, reason in ordered)
