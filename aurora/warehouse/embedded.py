"""The embedded PostgreSQL: a server of our own in one private folder, reached over a Unix socket.

It outlives the process that starts it, and whichever command needs it starts it. No network port, no system user, no
file outside its folder (but for a socket whose path would be too long). PITFALLS.md, "The embedded PostgreSQL
wheel", says why the wheel's own Python wrapper is not used.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from aurora.errors import WarehouseError
from aurora.warehouse.pgctl import WAY_OUT, Programs, identity_for, last_complaint, major_version, wheel_bin_dir
from aurora.warehouse.postmaster import (
    PORT,
    Postmaster,
    choose_socket_dir,
    drop_stale_locks,
    end_orphans,
    postmaster_process,
    read_postmaster,
)
from aurora.warehouse.sizing import render, server_settings, this_machine

_START_SECONDS = 600  # a crash in the middle of a bulk load is recovered from the log in minutes
_LOG = "server.log"
_LOG_BYTES = 10_000_000
_SETTINGS = "aurora.conf"


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """Whether the server accepts connections; ``pid`` and ``socket_dir`` are known while it does."""

    is_running: bool
    data_dir: Path
    version: int | None
    pid: int | None = None
    socket_dir: Path | None = None


class EmbeddedServer:
    """A PostgreSQL server over one data folder.

    ``bin_dir`` is the folder of PostgreSQL's programs, by default the wheel's (PostgreSQL 18); any from 15 on works.
    ``settings`` override those sized from the machine, for one start.
    """

    def __init__(
        self, data_dir: Path, *, bin_dir: Path | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self.data_dir = Path(data_dir).expanduser().resolve()
        self._bin_dir = bin_dir
        self._settings = dict(settings or {})

    @property
    def bin_dir(self) -> Path:
        """The folder of the programs this server runs.

        Raises:
            WarehouseError: the wheel is not installed.
        """
        return self._bin_dir if self._bin_dir is not None else wheel_bin_dir()

    @property
    def log_file(self) -> Path:
        """The server's log."""
        return self.data_dir / _LOG

    def start(self) -> None:
        """Make the server accept connections: create its data on first use, recover it after a crash.

        Nothing happens where it already does. Several may start at once; one does the work and the others wait.

        Raises:
            WarehouseError: the data is of another major version, the folder or a user to run as is missing, or the
                server did not start; the message ends with its own words.
        """
        with self._explained():
            if self._ready() is not None:
                return
            with self._lock():
                if self._ready() is None:
                    self._start()

    def stop(self) -> bool:
        """Stop the server, rolling back what is not committed; whether there was one to stop.

        Raises:
            WarehouseError: it did not stop, or it runs where this process cannot see it.
        """
        with self._explained():
            if not self.data_dir.exists():
                return False
            with self._lock():
                postmaster = read_postmaster(self.data_dir)
                if postmaster is None or postmaster_process(self.data_dir) is None:
                    if self._ready() is not None:
                        raise WarehouseError(
                            f"the server of {self.data_dir} was started in another container: stop it there"
                        )
                    return False
                stopped = self._programs().run(
                    "pg_ctl", "stop", "-w", "-t", str(_START_SECONDS), "-m", "fast", folder=self.data_dir
                )
                if stopped.returncode != 0:
                    raise WarehouseError(
                        f"the server of {self.data_dir} did not stop: {last_complaint(stopped.stderr)}"
                    )
                if postmaster.socket_dir != self.data_dir:
                    with suppress(OSError):
                        postmaster.socket_dir.rmdir()
                return True

    def status(self) -> ServerStatus:
        """Whether the server accepts connections, and where."""
        with self._explained():
            postmaster = self._ready()
            version = self._data_version()
        if postmaster is None:
            return ServerStatus(is_running=False, data_dir=self.data_dir, version=version)
        return ServerStatus(
            is_running=True,
            data_dir=self.data_dir,
            version=version,
            pid=postmaster.pid,
            socket_dir=postmaster.socket_dir,
        )

    def url(self, database: str = "aurora") -> str:
        """The libpq URL of a database of the running server; SQLAlchemy, dlt and ADBC read it too.

        Its password is the name of the authentication method: the server asks for none, and dlt insists on one.

        Raises:
            WarehouseError: the server does not run.
        """
        with self._explained():
            postmaster = self._ready()
        if postmaster is None:
            raise WarehouseError(f"the server of {self.data_dir} does not run: start it with `aurora db up`")
        socket_dir = quote(str(postmaster.socket_dir), safe="/")
        return (
            f"postgresql://postgres:trust@localhost/{quote(database, safe='')}?host={socket_dir}&port={postmaster.port}"
        )

    def ensure_database(self, name: str) -> None:
        """Create a database unless it exists.

        Raises:
            WarehouseError: the server does not run, or refuses.
        """
        from psycopg import errors, sql

        from aurora.warehouse.connection import connect

        with connect(self.url("postgres"), autocommit=True) as connection:
            if connection.execute("select from pg_database where datname = %s", [name]).fetchone() is not None:
                return
            # Two that find it missing both create it; the second learns so in either of two ways.
            with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))

    def _ready(self) -> Postmaster | None:
        postmaster = read_postmaster(self.data_dir)
        return postmaster if postmaster is not None and postmaster.is_ready and postmaster.accepts else None

    def _start(self) -> None:
        programs = self._programs()
        if self._data_version() is not None:
            self._refuse_other_version()
            if postmaster_process(self.data_dir) is not None:
                self._wait_until_ready()
                return
        end_orphans(self.data_dir)
        if self._data_version() is None:
            self._create(programs)
        drop_stale_locks(self.data_dir)
        self.data_dir.chmod(0o700)
        self._write_settings(programs)
        self._launch(programs)

    def _programs(self) -> Programs:
        bin_dir = self.bin_dir
        return Programs(bin_dir=bin_dir, identity=identity_for(self.data_dir, bin_dir=bin_dir))

    def _data_version(self) -> int | None:
        try:
            return int((self.data_dir / "PG_VERSION").read_text())
        except FileNotFoundError:
            return None

    def _refuse_other_version(self) -> None:
        found, ours = self._data_version(), major_version(self.bin_dir)
        if found != ours:
            raise WarehouseError(
                f"{self.data_dir} holds data of PostgreSQL {found} and this is PostgreSQL {ours}: move it over with "
                f"pg_dump and pg_restore, move the folder away to begin anew, or set DATABASE_URL"
            )

    def _create(self, programs: Programs) -> None:
        if self.data_dir.exists() and any(self.data_dir.iterdir()):
            raise WarehouseError(
                f"{self.data_dir} holds files that are no PostgreSQL data: move them away, or set AURORA_HOME"
            )
        # Beside, then renamed: a data folder is complete or it is not there, also after a kill in the middle.
        fresh = self.data_dir.with_name(f"{self.data_dir.name}.new")
        failure = ""
        for locale in ("--locale=C.UTF-8", "--no-locale"):  # not every system knows C.UTF-8
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(mode=0o700)
            programs.identity.give(fresh)
            created = programs.run(
                "initdb",
                "--username=postgres",
                # Whoever reaches the socket in its 0700 folder is the owner; nobody comes by network.
                "--auth-local=trust",
                "--auth-host=reject",
                "--encoding=UTF8",
                locale,
                folder=fresh,
            )
            if created.returncode == 0:
                with (fresh / "postgresql.conf").open("a") as configuration:
                    configuration.write(f"\ninclude_if_exists = '{_SETTINGS}'\n")
                fresh.rename(self.data_dir)
                return
            failure = failure or last_complaint(created.stderr)
        shutil.rmtree(fresh, ignore_errors=True)
        raise WarehouseError(f"PostgreSQL could not create its data in {self.data_dir}: {failure}; {WAY_OUT}")

    def _write_settings(self, programs: Programs) -> None:
        socket_dir = choose_socket_dir(self.data_dir, identity=programs.identity)
        # The setting is a list, whose elements are quoted a second time.
        quoted = str(socket_dir).replace('"', '""')
        sized = server_settings(this_machine(self.data_dir))
        settings = {**sized, **self._settings, "port": str(PORT), "unix_socket_directories": f'"{quoted}"'}
        # A new file renamed over the old one: whole whenever it is read, and root writes through no one's symlink.
        fresh = self.data_dir / f"{_SETTINGS}.new"
        fresh.unlink(missing_ok=True)
        with fresh.open("x") as file:
            file.write(render(settings))
        programs.identity.give(fresh)
        fresh.replace(self.data_dir / _SETTINGS)

    def _launch(self, programs: Programs) -> None:
        log = self.log_file
        if log.exists() and log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        logged = log.stat().st_size if log.exists() else 0
        started = programs.run("pg_ctl", "start", "-w", "-t", str(_START_SECONDS), "-l", _LOG, folder=self.data_dir)
        if started.returncode == 0:
            return
        if postmaster_process(self.data_dir) is not None:
            raise WarehouseError(
                f"the server of {self.data_dir} still recovers after {_START_SECONDS} seconds: wait, then try again; "
                f"{log} tells how far it is"
            )
        said = log.read_bytes()[logged:].decode(errors="replace") if log.exists() else ""
        complaint = last_complaint(said or started.stderr)
        raise WarehouseError(f"the server of {self.data_dir} did not start: {complaint}; its log is {log}")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while self._ready() is None:
            if postmaster_process(self.data_dir) is None:
                raise WarehouseError(
                    f"the server of {self.data_dir} ended while it started; its log is {self.log_file}"
                )
            if time.monotonic() > deadline:
                raise WarehouseError(f"the server of {self.data_dir} is not ready after {_START_SECONDS} seconds")
            time.sleep(0.1)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        if os.name != "posix":
            raise WarehouseError("the embedded PostgreSQL needs Unix sockets (Linux, macOS, WSL): set DATABASE_URL")
        import fcntl

        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        lock_file = self.data_dir.with_name(f"{self.data_dir.name}.lock")
        descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            folder = self.data_dir.parent.stat()
            if os.geteuid() == 0 and folder.st_uid != 0:
                os.fchown(descriptor, folder.st_uid, folder.st_gid)  # or its owner could not start after root did
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            place = error.filename or self.data_dir
            raise WarehouseError(f"{place}: {error.strerror or error}; {WAY_OUT}") from error
