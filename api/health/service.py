"""Readiness: each thing that an answer needs, asked of the database."""

from __future__ import annotations

from api.health import repository
from api.health.schemas import Readiness
from api.kit.database import Database
from api.kit.problems import Unavailable

VERSION_TABLE = "app.alembic_version"
VIEWS = (
    "api_v1.chains",
    "api_v1.partner_statement_lines",
    "api_v1.partner_statements",
    "api_v1.periods",
    "api_v1.validator_pnl",
    "api_v1.validators",
)


async def readiness(database: Database, *, head: str) -> Readiness:
    """The database is reached, its ``app`` schema is at ``head``, and ``api_v1`` is there.

    Raises:
        Unavailable: one of them is not so; the detail says which and what to run.
    """
    missing = await repository.missing_relations(database, [VERSION_TABLE, *VIEWS])
    revision = None if VERSION_TABLE in missing else await repository.applied_revision(database)
    said = []
    if revision != head:
        said.append(f"the app schema is at revision {revision or 'base'} and must be at {head}: run `aurora migrate`")
    views = [relation for relation in missing if relation != VERSION_TABLE]
    if views:
        said.append(f"{', '.join(views)} missing: run `aurora transform`")
    if said:
        raise Unavailable("; ".join(said))
    return Readiness(revision=head)
