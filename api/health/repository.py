"""What readiness asks the database."""

from __future__ import annotations

from psycopg.rows import scalar_row

from api.kit.database import Database

_MISSING = """
    select relation
    from unnest(%(relations)s::text[]) as relation
    where to_regclass(relation) is null
    order by relation
"""


async def missing_relations(database: Database, relations: list[str]) -> list[str]:
    """Which of these relations (``schema.name``) are not there."""
    return await database.fetch(_MISSING, {"relations": relations}, rows=scalar_row)


async def applied_revision(database: Database) -> str | None:
    """The revision of the ``app`` schema, whose version table is there."""
    found = await database.fetch("select version_num from app.alembic_version", rows=scalar_row)
    return str(found[0]) if found else None
