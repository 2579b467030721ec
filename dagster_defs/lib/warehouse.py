"""The warehouse of the settings, as runs find it: nothing here is looked at while definitions load."""

from __future__ import annotations

from aurora.errors import WarehouseError
from aurora.registry import load_registry
from aurora.settings import load_settings
from aurora.warehouse.connection import connect, parse_url, warehouse_url
from loaders.prepare import prepare_warehouse


def prepared_warehouse() -> str:
    """The warehouse's URL, once every landing table is there and the registry is landed as the files have it.

    Raises:
        SettingsError, RegistryError, WarehouseError: one line that says what to correct.
    """
    settings = load_settings()
    registry = load_registry(settings)
    url = warehouse_url(settings)
    with connect(url) as connection:
        # Who changes the app schema is the command's: a run must not find it half of a version further.
        migrated = connection.execute("select to_regclass('app.touched_agreements') is not null").fetchone()
    if migrated is None or not migrated[0]:
        raise WarehouseError(f"{parse_url(url).place} has no app schema of this version: run `aurora migrate`")
    prepare_warehouse(url, registry)
    return url
