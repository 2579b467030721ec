"""``/v1/chains``."""

from __future__ import annotations

from fastapi import APIRouter

from api.chains import service
from api.chains.auth import ChainsRead
from api.chains.schemas import ChainList
from api.keys.authentication import AUTH_PROBLEMS
from api.kit.database import DatabaseDep
from api.kit.problems import responses

router = APIRouter(prefix="/v1/chains", tags=["chains"])


@router.get("", summary="List the chains", responses=responses(*AUTH_PROBLEMS))
async def list_chains(_principal: ChainsRead, database: DatabaseDep) -> ChainList:
    """Every chain, with the units of its amounts and the kind of its periods."""
    return await service.every_chain(database)
