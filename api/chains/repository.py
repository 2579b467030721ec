"""Reads of ``api_v1.chains``."""

from __future__ import annotations

from psycopg.rows import class_row

from api.chains.schemas import Chain
from api.kit.database import Database

_COLUMNS = """
    select
        chain_id,
        chain_name,
        native_unit,
        base_unit,
        native_decimals,
        period_type
    from api_v1.chains
"""
_LIST = f'{_COLUMNS} order by chain_id collate "C"'
_FIND = f"{_COLUMNS} where chain_id = %(chain_id)s"


async def list_chains(database: Database) -> list[Chain]:
    """Every chain, by id."""
    return await database.fetch(_LIST, rows=class_row(Chain))


async def find_chain(database: Database, chain_id: str) -> Chain | None:
    """One chain, or None."""
    found = await database.fetch(_FIND, {"chain_id": chain_id}, rows=class_row(Chain))
    return found[0] if found else None
