"""``aurora dagster``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pathlib import Path

# Runs go one after the other: two of dbt would build the same tables. SQLite below DAGSTER_HOME keeps what happened.
_INSTANCE = """\
telemetry: {enabled: false}
nux: {enabled: false}
concurrency:
  runs: {max_concurrent_runs: 1}
"""


def dagster(
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen on.")] = 3000,
) -> None:
    """Open the Dagster UI and run its daemon, until interrupted."""
    import os
    import sys
    from pathlib import Path

    from api.migrations import upgrade
    from aurora.registry import load_registry
    from aurora.settings import PROJECT_ROOT, load_settings
    from aurora.warehouse.connection import warehouse_url

    settings = load_settings()
    settings.require_production_secrets()
    load_registry(settings)  # a mistake in it is one line here, and a page of them in the UI
    home = settings.home.resolve()
    url = warehouse_url(settings)  # the embedded server is started once, here, for all of Dagster's processes
    upgrade(url)
    program = str(Path(sys.executable).parent / "dagster")
    environment = {
        **os.environ,
        "AURORA_HOME": str(home),
        "DAGSTER_HOME": str(_instance_folder(home)),
        "DATABASE_URL": url,
    }
    arguments = ["dev", "-m", "dagster_defs.definitions", "-d", str(PROJECT_ROOT), "-h", host, "-p", str(port)]
    os.execve(program, [program, *arguments], environment)


def _instance_folder(home: Path) -> Path:
    """Dagster's own folder, with its settings; those of an operator stay."""
    folder = home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "dagster.yaml"
    if not settings.exists():
        settings.write_text(_INSTANCE, encoding="utf-8")
    return folder
