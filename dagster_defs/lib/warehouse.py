"""The warehouse of the settings, as runs find it: nothing here is looked at while definitions load."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from aurora.registry import load_registry
from aurora.settings import load_settings
from aurora.warehouse.connection import connect, warehouse_url
from loaders.registry import land_registry
from loaders.schema import ensure_schema


def prepared_warehouse() -> str:
    """The warehouse's URL, once every landing table is there and the registry is landed as the files have it.

    Raises:
        SettingsError, RegistryError, WarehouseError: one line that says what to correct.
    """
    settings = load_settings()
    registry = load_registry(settings)
    url = warehouse_url(settings)
    with connect(url, autocommit=True) as connection:
        ensure_schema(connection)
        land_registry(url, connection, registry)
    return url


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Variables that a child started meanwhile has."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
