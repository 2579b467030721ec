"""The ``app`` schema: its migrations, forward and back, each all or nothing.

    revision = upgrade(url)

The revisions are in ``versions``, the one that is applied in ``app.alembic_version``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aurora.errors import WarehouseError
from aurora.warehouse.connection import connect, parse_url

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

__all__ = ["BASE", "current", "downgrade", "head", "pending", "upgrade"]

BASE = "base"
"""The revision before the first: an empty ``app`` schema."""

Execute = Callable[[str], Any]

_LOCK = 0x6175726F7261  # any constant that no other program of the database locks


def head() -> str:
    """The newest revision that the code has."""
    return str(_scripts().get_current_head())


def current(url: str) -> str | None:
    """The revision that the database has; None before the first.

    Raises:
        WarehouseError: the database is not reached, or the role may not read the revision.
    """
    import psycopg

    with connect(url, autocommit=True) as connection:
        try:
            return _applied(connection.execute)
        except psycopg.Error as error:
            raise _explained(error, url) from None


def pending(url: str) -> list[str]:
    """The revisions that the code has and the database lacks, in the order in which `upgrade` applies them.

    Raises:
        WarehouseError: the database is not reached, or is at a revision that this code does not know.
    """
    revision = current(url)
    scripts = _scripts()
    _require_known(revision, scripts, url)
    applied = _ancestry(revision, scripts)
    every = [script.revision for script in scripts.walk_revisions()]
    return [revision for revision in reversed(every) if revision not in applied]


def upgrade(url: str, revision: str = "head") -> str:
    """Apply what is missing up to ``revision``, in one transaction; nothing where nothing is. The revision reached.

    Several at once wait for each other, and the later ones find nothing to do.

    Raises:
        WarehouseError: the database is not reached, refuses a statement, or is at a revision this code does not know;
            or no revision has that name.
    """
    return str(_run(url, revision, forward=True))


def downgrade(url: str, revision: str) -> str | None:
    """Undo every revision after ``revision`` (`BASE`: all), in one transaction. What their tables held is lost.

    Gives the revision reached, None at `BASE`.

    Raises:
        WarehouseError: as `upgrade`; or ``revision`` is newer than the database's.
    """
    return _run(url, revision, forward=False)


def _run(url: str, revision: str, *, forward: bool) -> str | None:
    import psycopg
    from alembic import command
    from alembic.util import CommandError
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    config, scripts = _config(), _scripts()
    target = _resolved(revision, scripts, allows_base=not forward)
    engine = create_engine("postgresql+psycopg://", creator=lambda: connect(url), poolclass=NullPool)
    try:
        with engine.begin() as connection:
            execute = connection.exec_driver_sql
            execute(f"select pg_advisory_xact_lock({_LOCK})")
            before = _applied(execute)
            _require_known(before, scripts, url)
            if not forward and target != BASE and target not in _ancestry(before, scripts):
                raise WarehouseError(
                    f"the app schema is at {before or BASE}, before {target}: there is nothing to undo"
                )
            # The version table lives in the schema that the first revision would create.
            if not _holds(execute, "to_regnamespace('app')"):
                execute("create schema app")
            config.attributes["connection"] = connection
            (command.upgrade if forward else command.downgrade)(config, target)
            return _applied(execute)
    except DBAPIError as error:
        raise _explained(error.orig, url) from None
    except psycopg.Error as error:
        raise _explained(error, url) from None
    except CommandError as error:
        raise WarehouseError(f"migrations of the app schema: {error}") from error
    finally:
        engine.dispose()


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config())


def _ancestry(revision: str | None, scripts: ScriptDirectory) -> set[str]:
    """The revision and all before it."""
    return {script.revision for script in scripts.iterate_revisions(revision, BASE)} if revision else set()


def _resolved(revision: str, scripts: ScriptDirectory, *, allows_base: bool) -> str:
    if revision == "head":
        return head()
    if revision == BASE and allows_base:
        return BASE
    names = [script.revision for script in scripts.walk_revisions()]
    if revision in names:
        return revision
    raise WarehouseError(f"no migration is named {revision!r}; there are {', '.join([BASE, *reversed(names)])}")


def _require_known(revision: str | None, scripts: ScriptDirectory, url: str) -> None:
    if revision is not None and revision not in {script.revision for script in scripts.walk_revisions()}:
        raise WarehouseError(
            f"{parse_url(url).place} is at revision {revision} of the app schema, which this version does not know: "
            "it was migrated by a newer one; run that"
        )


def _applied(execute: Execute) -> str | None:
    if not _holds(execute, "to_regclass('app.alembic_version')"):
        return None
    row = execute("select version_num from app.alembic_version").fetchone()
    return str(row[0]) if row else None


def _holds(execute: Execute, name: str) -> bool:
    row = execute(f"select {name} is not null").fetchone()
    return bool(row and row[0])


def _explained(error: BaseException | None, url: str) -> WarehouseError:
    said = (str(error).splitlines() or ["no reason given"])[0]
    return WarehouseError(
        f"{parse_url(url).place}: migrating the app schema failed: {said}; "
        "the role must own the schema app, or be allowed to create it"
    )
