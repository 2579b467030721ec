"""What has to be in a warehouse before anything is loaded or built: the landing tables, and the registry of now."""

from __future__ import annotations

from aurora.registry import Registry
from aurora.warehouse.connection import connect
from loaders.registry import land_registry
from loaders.schema import ensure_schema


def prepare_warehouse(url: str, registry: Registry) -> None:
    """Make every table that is missing, and land what changed in the registry.

    Raises:
        WarehouseError: the database refuses.
    """
    with connect(url, autocommit=True) as connection:
        ensure_schema(connection)
        land_registry(url, connection, registry)
