"""A real PostgreSQL for the tests: one server a session, a migrated template, and a copy of it for whoever writes.

    with running_server() as server:
        databases = TemplateDatabases(server, "aurora_template", build=migrate)
        url = databases.clone("test_loads")

The server is the embedded one; ``bin_dir`` names the programs of another version. It answers every promise but the one
about power cuts: ``fsync`` is off.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg import Error, sql

from aurora.warehouse.connection import connect
from aurora.warehouse.embedded import EmbeddedServer

SYSTEM_BIN_DIRS = sorted(path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists())
"""The programs of the PostgreSQL versions that a Debian-like system has installed, oldest first."""

_SPEED = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "shared_buffers": "256MB"}
_SYSTEM_LOCALES = Path("/usr/lib/locale")


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server and what tests do with its databases."""

    embedded: EmbeddedServer
    locales: Path

    def url(self, database: str = "postgres") -> str:
        """The URL of a database, whether it exists or not."""
        return self.embedded.url(database)

    def create(
        self, name: str, *, template: str | None = None, timezone: str | None = None, collation: str | None = None
    ) -> str:
        """Create a database and give its URL.

        ``timezone`` becomes the database's default; ``collation`` is options of ``create database`` that
        `foreign_collation` gives.
        """
        source = template or ("template0" if collation else "template1")
        # Copying files is ten times quicker than logging them, and nobody recovers this server.
        create = sql.SQL("create database {} template {} strategy file_copy")
        statement = create.format(sql.Identifier(name), sql.Identifier(source))
        with connect(self.url(), autocommit=True) as connection:
            connection.execute(statement + sql.SQL(f" {collation}") if collation else statement)
            if timezone:
                setting = sql.SQL("alter database {} set timezone to {}")
                connection.execute(setting.format(sql.Identifier(name), sql.Literal(timezone)))
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drop a database, and whoever is still connected to it."""
        with connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def foreign_collation(self) -> str:
        """Options of ``create database`` for a default collation that does not sort by code point.

        Upper and lower case, digits and letters then sort as people do: ICU where the server has it, else a locale of
        the system, else one compiled for this server. Only a system without any has the code point order, under
        another name.
        """
        icu = "locale_provider icu icu_locale 'en-US' locale 'C.UTF-8'"
        system = [f"locale '{name}'" for name in ("en_US.UTF-8", "en_US.utf8", "de_DE.utf8", "en_IN.utf8")]
        for candidate in (icu, *system):
            if self._can_create(candidate):
                return candidate
        compiler = shutil.which("localedef")
        if compiler:
            target = str(self.locales / "en_US.utf8")
            subprocess.run([compiler, "-i", "en_US", "-f", "UTF-8", target], capture_output=True, check=False)
        return "locale 'en_US.utf8'" if self._can_create("locale 'en_US.utf8'") else "locale 'POSIX'"

    def _can_create(self, collation: str) -> bool:
        try:
            self.create("collation_trial", collation=collation)
        except Error:
            return False
        self.drop("collation_trial")
        return True


@dataclass(frozen=True, slots=True)
class TemplateDatabases:
    """Databases that begin as a copy of one that ``build`` fills once, given its URL."""

    server: PostgresServer
    template: str
    build: Callable[[str], object]

    def __post_init__(self) -> None:
        self.build(self.server.create(self.template))

    def clone(self, name: str, *, timezone: str | None = None) -> str:
        """A copy under this name, in place of an older one; its URL."""
        self.server.drop(name)
        return self.server.create(name, template=self.template, timezone=timezone)

    def drop(self, name: str) -> None:
        """Drop a copy."""
        self.server.drop(name)


@contextmanager
def running_server(*, bin_dir: Path | None = None) -> Iterator[PostgresServer]:
    """A server over a new temporary folder, stopped and removed at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="aurora-test-", dir=quick_folder()) as folder,
        _locales(Path(folder)) as locales,
    ):
        server = EmbeddedServer(Path(folder) / "pg", bin_dir=bin_dir, settings=_SPEED)
        server.start()
        try:
            yield PostgresServer(embedded=server, locales=locales)
        finally:
            server.stop()


def quick_folder() -> str | None:
    """Memory where there is enough of it: databases and builds are hundreds of files, which take a while on disk."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 4 << 30:
        return str(memory)
    return None


@contextmanager
def _locales(folder: Path) -> Iterator[Path]:
    """A folder in which the server started meanwhile finds locales that are compiled later."""
    locales = folder / "locales"
    locales.mkdir()
    before = os.environ.get("LOCPATH")
    # With LOCPATH the C library reads folders of locales and no archive of them.
    if _SYSTEM_LOCALES.is_dir() and not (_SYSTEM_LOCALES / "locale-archive").exists():
        os.environ["LOCPATH"] = f"{locales}:{_SYSTEM_LOCALES}"
    try:
        yield locales
    finally:
        os.environ.pop("LOCPATH", None)
        if before is not None:
            os.environ["LOCPATH"] = before
