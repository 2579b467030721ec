"""What is known of a running server from outside: its ``postmaster.pid``, its socket, its processes."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aurora.errors import WarehouseError
from aurora.warehouse.pgctl import Identity

if TYPE_CHECKING:
    import psutil

PORT = 5432
"""The embedded server listens on no network: the port is only the end of its socket's name."""

SOCKET_PATH_LIMIT = 107
"""Bytes of a Unix socket's path on Linux (``sun_path`` less its NUL); macOS has 103."""

_MACOS_SOCKET_PATH_LIMIT = 103


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The lines of ``postmaster.pid`` that matter."""

    pid: int
    port: int
    socket_dir: Path
    is_ready: bool

    @property
    def accepts(self) -> bool:
        """Whether someone listens on the socket: proof of life where a process number proves nothing."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(5)
            try:
                probe.connect(str(self.socket_dir / socket_name(self.port)))
            except OSError:
                return False
        return True


def read_postmaster(data_dir: Path) -> Postmaster | None:
    """What ``postmaster.pid`` says, or nothing where it is absent or half written. It may be stale."""
    try:
        lines = (data_dir / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return Postmaster(
            pid=int(lines[0]),
            port=int(lines[3]),
            socket_dir=Path(lines[4]),
            is_ready=len(lines) > 7 and lines[7].strip() == "ready",
        )
    except (IndexError, ValueError):
        return None


def postmaster_process(data_dir: Path) -> psutil.Process | None:
    """The process that ``postmaster.pid`` names, if it is alive and serves this folder: numbers are used again."""
    import psutil

    try:
        pid = int((data_dir / "postmaster.pid").read_text().splitlines()[0])
        process = psutil.Process(pid)
        return process if _serves(process, data_dir) else None
    except (OSError, IndexError, ValueError, psutil.Error):
        return None


def end_orphans(data_dir: Path) -> None:
    """End server processes that outlived their postmaster, or the folder they served, and keep a new one from starting.

    Safe for what was committed: it is in the write-ahead log, and what was not is rolled back by recovery.
    """
    import psutil

    orphans = [process for process in psutil.process_iter() if _serves(process, data_dir)]
    for process in orphans:
        with suppress(psutil.Error):
            process.send_signal(3)  # SIGQUIT: PostgreSQL's immediate shutdown, of a backend as of a postmaster
    for process in _still_serving(orphans, data_dir=data_dir, seconds=2):
        with suppress(psutil.Error):
            process.kill()
    _still_serving(orphans, data_dir=data_dir, seconds=5)


def drop_stale_locks(data_dir: Path) -> None:
    """Remove the lock files of a dead server where PostgreSQL would take them for those of a living one.

    So it is where the number in them is a stranger's by now, or a zombie's that the first process of a container does
    not reap. Called when no process serves the folder; numbers that nobody has are left to PostgreSQL to see through.
    """
    import psutil

    socket_lock = f"{socket_name()}.lock"
    for lock in (
        data_dir / "postmaster.pid",
        data_dir / socket_lock,
        private_socket_dir(data_dir) / socket_lock,
    ):
        try:
            pid = int(lock.read_text().splitlines()[0])
        except FileNotFoundError:
            continue
        except (IndexError, ValueError):
            lock.unlink()  # cut off by a crash or a full disk; PostgreSQL refuses to start on it
            continue
        if psutil.pid_exists(abs(pid)):
            lock.unlink()


def socket_name(port: int = PORT) -> str:
    """PostgreSQL's name for the socket of a port."""
    return f".s.PGSQL.{port}"


def private_socket_dir(data_dir: Path) -> Path:
    """Where the socket goes if the data folder cannot hold it: one folder per user and data folder."""
    key = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    name = f"aurora-{os.geteuid()}-{key}"
    folders = [Path(tempfile.gettempdir()) / name, Path("/tmp") / name]  # noqa: S108 - a private folder in it
    return next((folder for folder in folders if _fits(folder)), folders[-1])


def choose_socket_dir(data_dir: Path, *, identity: Identity) -> Path:
    """The data folder, or a private temporary folder where its path does not do or its file system has no sockets.

    Raises:
        WarehouseError: the temporary folder's name is taken by another user.
    """
    if _fits(data_dir) and _holds_sockets(data_dir):
        return data_dir
    folder = private_socket_dir(data_dir)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        identity.give(folder)
    found = folder.lstat()
    owner = identity.uid if identity.uid is not None else os.geteuid()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) & 0o077:
        raise WarehouseError(
            f"{data_dir} cannot hold a socket (its path has more than {SOCKET_PATH_LIMIT} bytes, or a comma or colon), "
            f"and {folder} is not a private folder of this user: remove that, set AURORA_HOME to a shorter path, "
            "or set DATABASE_URL"
        )
    return folder


def _fits(folder: Path) -> bool:
    if "," in str(folder) or ":" in str(folder):
        return False  # libpq splits hosts at commas, SQLAlchemy takes what follows a colon for a port
    limit = SOCKET_PATH_LIMIT if os.uname().sysname == "Linux" else _MACOS_SOCKET_PATH_LIMIT
    return len(os.fsencode(folder / socket_name())) <= limit


def _holds_sockets(folder: Path) -> bool:
    probe_path = folder / ".s.probe"
    probe_path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.bind(str(probe_path))
        except OSError:
            return False
    probe_path.unlink(missing_ok=True)
    return True


def _still_serving(processes: list[psutil.Process], *, data_dir: Path, seconds: float) -> list[psutil.Process]:
    # Not psutil.wait_procs: it waits for zombies too, and the first process of a container may never reap them.
    deadline = time.monotonic() + seconds
    while (alive := [process for process in processes if _serves(process, data_dir)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive


def _serves(process: psutil.Process, data_dir: Path) -> bool:
    """Whether this is a server process of the folder: postmaster and children alike work in it."""
    import psutil

    try:
        if process.name() != "postgres":
            return False
        has_its_name = process.cwd() == str(data_dir)
        magic_link = Path(f"/proc/{process.pid}/cwd")
        if not magic_link.exists():
            return has_its_name
        # A container's processes are seen from outside, and their folder may only have the same name.
        folder = magic_link.stat()
        is_deleted = folder.st_nlink == 0
        return (is_deleted and has_its_name) or (data_dir.exists() and os.path.samestat(folder, data_dir.stat()))
    except (psutil.Error, OSError):
        return False
