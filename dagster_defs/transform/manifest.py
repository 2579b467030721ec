"""dbt's manifest, from which assets and checks are made: parsed when the project is newer, read otherwise."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from aurora.settings import load_settings
from aurora.transform import DBT_PROJECT, Transformer

# Parsing connects to nothing, but wants a connection's form.
_NO_WAREHOUSE = "postgresql://aurora@localhost/aurora"
_PARSED_FILES = ("dbt_project.yml", "profiles.yml")
_PARSED_FOLDERS = ("models", "macros", "tests", "seeds", "snapshots")


def dbt_folder() -> Path:
    """Where dbt's artifacts are kept for Dagster: below the home folder, which is writable."""
    return load_settings().home.resolve() / "dagster" / "dbt"


@cache
def manifest_path() -> Path:
    """The path of the project's manifest.

    Raises:
        TransformError: the project does not parse.
    """
    folder = dbt_folder()
    manifest = folder / "manifest.json"
    if not is_current(manifest, project=DBT_PROJECT):
        folder.mkdir(parents=True, exist_ok=True)
        # Several processes load the definitions at once, and none must read a half-written file.
        with tempfile.TemporaryDirectory(prefix="parse-", dir=folder) as parsed:
            Transformer(_NO_WAREHOUSE, target_path=Path(parsed)).manifest()
            (Path(parsed) / manifest.name).replace(manifest)
    return manifest


def is_current(manifest: Path, *, project: Path) -> bool:
    """Whether the manifest is there, and since then no file that dbt parses was changed, added or removed."""
    if not manifest.exists():
        return False
    parsed_at = manifest.stat().st_mtime_ns
    folders = [project / name for name in _PARSED_FOLDERS if (project / name).exists()]
    # A folder's own time tells of files that were removed.
    paths = [
        *(project / name for name in _PARSED_FILES),
        *folders,
        *(path for folder in folders for path in folder.rglob("*")),
    ]
    return all(path.stat().st_mtime_ns <= parsed_at for path in paths if path.exists())
