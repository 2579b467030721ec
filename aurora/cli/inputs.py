"""What commands share that take files over: who does it, and how everything wrong with a file is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from aurora.registry.registry import Registry

ActorOption = Annotated[
    str | None,
    typer.Option("--actor", envvar="AURORA_ACTOR", help="Who does it, for the audit log; else the system's user."),
]


def acting(actor: str | None) -> str:
    """The name that the audit log gets.

    Raises:
        AuroraError: it is blank, or the system knows none.
    """
    from getpass import getuser

    from aurora.errors import AuroraError

    if actor is None:
        try:
            actor = getuser()
        except (KeyError, OSError):
            raise AuroraError("the system has no user's name: say who does it with --actor") from None
    if not actor.strip() or not actor.isprintable():
        raise AuroraError("--actor must be a name")
    return actor.strip()


def place() -> tuple[str, Registry]:
    """The warehouse's URL, and the registry.

    Raises:
        AuroraError: one of the two is not to be had.
    """
    from aurora.registry.loading import load_registry
    from aurora.settings import load_settings
    from aurora.warehouse.connection import warehouse_url

    settings = load_settings()
    registry = load_registry(settings)
    return warehouse_url(settings), registry


@contextmanager
def reported() -> Iterator[None]:
    """Tell every problem of a file on a line of its own, then fail with one that counts them.

    Raises:
        AuroraError: the file had problems.
    """
    from aurora.errors import AuroraError, InputError

    try:
        yield
    except InputError as error:
        problems = error.problems
    else:
        return
    if len(problems) == 1:
        raise AuroraError(f"{problems[0]} (nothing is written)")
    for problem in problems:
        typer.echo(problem, err=True)
    raise AuroraError(f"{len(problems)} problems, listed above: nothing is written; correct them and run it again")
