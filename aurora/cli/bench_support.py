"""What the benchmarks share: a database of their own on the warehouse's server, medians, and peak memory."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from psycopg import sql

from aurora.settings import load_settings
from aurora.warehouse.connection import connect, warehouse_url
from aurora.warehouse.urls import parse_url


@contextmanager
def scratch_database(name: str) -> Iterator[str]:
    """A new database beside the warehouse, dropped at the end; gives its URL."""
    url = warehouse_url(load_settings())
    identifier = sql.Identifier(name)
    with connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(identifier))
        connection.execute(sql.SQL("create database {}").format(identifier))
    database = parse_url(url).database
    try:
        yield url.replace(f"/{database}", f"/{name}", 1)
    finally:
        with connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(identifier))


def timed(work: Callable[[], object]) -> float:
    """Seconds that ``work`` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(seconds: list[float]) -> float:
    """The middle one."""
    return statistics.median(seconds)


class PeakMemory:
    """Watches the process's resident memory; ``added`` is its highest value above the start, in bytes."""

    def __init__(self) -> None:
        self.added = 0

    def __enter__(self) -> PeakMemory:
        import psutil

        self._process = psutil.Process()
        self._start = self._process.memory_info().rss
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    @property
    def peak(self) -> int:
        """The highest resident memory of the whole process, in bytes."""
        return self._start + self.added

    def _watch(self) -> None:
        while not self._stopped.wait(0.02):
            self.added = max(self.added, self._process.memory_info().rss - self._start)
