"""Reads of ``api_v1.validators``."""

from __future__ import annotations

from psycopg.rows import class_row

from api.kit.database import Database
from api.validators.schemas import Validator

_PAGE = """
    select
        validator_key,
        label,
        vote_pubkey,
        node_pubkey,
        validator_index,
        first_seen_period,
        last_seen_period
    from api_v1.validators
    where chain_id = %(chain_id)s and validator_key collate "C" > %(after)s
    order by validator_key collate "C"
    limit %(limit)s
"""


async def page_of_validators(database: Database, chain_id: str, *, after: str, limit: int) -> list[Validator]:
    """The first ``limit`` validators behind the key ``after``."""
    parameters = {"chain_id": chain_id, "after": after, "limit": limit}
    return await database.fetch(_PAGE, parameters, rows=class_row(Validator))
