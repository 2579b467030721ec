"""``/v1/chains/{chain_id}/validators``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.keys.authentication import AUTH_PROBLEMS
from api.kit.database import DatabaseDep
from api.kit.pagination import PageQuery
from api.kit.problems import InvalidParameter, MalformedCursor, UnknownChain, responses
from api.validators import service
from api.validators.auth import ValidatorsRead
from api.validators.schemas import ValidatorPage

ChainId = Annotated[str, Path(description="A chain_id of /v1/chains.", examples=["solana"])]

router = APIRouter(prefix="/v1/chains/{chain_id}/validators", tags=["validators"])


@router.get(
    "",
    summary="List the validators of a chain",
    responses=responses(*AUTH_PROBLEMS, UnknownChain, MalformedCursor, InvalidParameter),
)
async def list_validators(
    _principal: ValidatorsRead, database: DatabaseDep, chain_id: ChainId, query: Annotated[PageQuery, Query()]
) -> ValidatorPage:
    """The validators that the warehouse follows, by validator_key. Role OPERATOR."""
    return await service.list_validators(database, chain_id, limit=query.limit, cursor=query.cursor)
