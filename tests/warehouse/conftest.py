from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aurora.warehouse.embedded import EmbeddedServer

MakeServer = Callable[..., EmbeddedServer]

_SETTINGS = {"shared_buffers": "16MB"}


def _short_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder with a path short enough for a socket, which those of pytest are not."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return tempfile.TemporaryDirectory(prefix="aurora-home-", dir=memory)


@pytest.fixture
def home() -> Iterator[Path]:
    with _short_folder() as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def created_data() -> Iterator[Path]:
    """The data of a server that was created and stopped, to copy where creation is not what a test is about."""
    with _short_folder() as folder:
        server = EmbeddedServer(Path(folder) / "pg", settings=_SETTINGS)
        server.start()
        server.stop()
        yield server.data_dir


@pytest.fixture
def make_server(home: Path, created_data: Path) -> Iterator[MakeServer]:
    """Servers whose data is in a folder of the home folder; stopped at the end, whatever became of them."""
    made: list[EmbeddedServer] = []

    def make(name: str = "pg", *, bin_dir: Path | None = None, is_created: bool = False) -> EmbeddedServer:
        server = EmbeddedServer(home / name, bin_dir=bin_dir, settings=_SETTINGS)
        if is_created:
            shutil.copytree(created_data, server.data_dir)
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()
        shutil.rmtree(server.data_dir, ignore_errors=True)
