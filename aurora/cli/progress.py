"""Progress bars on stderr; nothing where stderr is no terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class BarStep:
    """One bar."""

    def __init__(self, bars: Progress, task: TaskID) -> None:
        self._bars = bars
        self._task = task

    def advance(self, count: int = 1) -> None:
        """Move the bar by ``count``."""
        self._bars.advance(self._task, count)


class BarProgress:
    """Draws a bar for each step; the shape of ``loaders.progress.Progress``."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def say(self, text: str) -> None:
        """One line above the bars."""
        self._bars.console.print(text, highlight=False)

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[BarStep]:
        """A bar of ``total`` pieces; it takes the place of an earlier one of its name, as of the day before."""
        if name in self._tasks:
            self._bars.remove_task(self._tasks.pop(name))
        task = self._tasks[name] = self._bars.add_task(name, total=total)
        try:
            yield BarStep(self._bars, task)
        finally:
            self._bars.update(task, visible=True)


@contextmanager
def progress_bars() -> Iterator[BarProgress]:
    """Bars while long work runs; they vanish when it ends."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description:<20}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bars:
        yield BarProgress(bars)
