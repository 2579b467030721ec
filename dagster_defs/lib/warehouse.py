"""The warehouse of the settings, as runs find it: nothing here is looked at while definitions load."""

from __future__ import annotations

from aurora.registry import load_registry
from aurora.settings import load_settings
from aurora.warehouse.connection import warehouse_url
from loaders.prepare import prepare_warehouse


def prepared_warehouse() -> str:
    """The warehouse's URL, once every landing table is there and the registry is landed as the files have it.

    Raises:
        SettingsError, RegistryError, WarehouseError: one line that says what to correct.
    """
    settings = load_settings()
    registry = load_registry(settings)
    url = warehouse_url(settings)
    prepare_warehouse(url, registry)
    return url
