"""Validators of a chain."""

from __future__ import annotations

from api.chains.service import get_chain
from api.kit.database import Database
from api.kit.pagination import decode_cursor, encode_cursor
from api.kit.problems import UnknownValidator
from api.validators import repository
from api.validators.schemas import ValidatorPage


async def list_validators(database: Database, chain_id: str, *, limit: int, cursor: str | None) -> ValidatorPage:
    """A page of the chain's validators.

    Raises:
        MalformedCursor: the cursor is no cursor.
        UnknownChain: no chain has this id.
    """
    after = "" if cursor is None else decode_cursor(cursor)
    await get_chain(database, chain_id)
    found = await repository.page_of_validators(database, chain_id, after=after, limit=limit + 1)
    items = found[:limit]
    return ValidatorPage(
        chain_id=chain_id,
        items=items,
        next_cursor=encode_cursor(items[-1].validator_key) if len(found) > limit else None,
    )


def unknown_validator() -> UnknownValidator:
    """The problem of a path that names no validator of its chain."""
    return UnknownValidator(
        "the chain has no validator with this validator_key; GET /v1/chains/{chain_id}/validators lists them"
    )
