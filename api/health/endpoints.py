"""``/health``: without a key, for probes that have none."""

from __future__ import annotations

from fastapi import APIRouter, Request

from api.health import service
from api.health.schemas import Liveness, Readiness
from api.kit.database import DatabaseDep
from api.kit.problems import Unavailable, responses

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live", summary="Is the process alive?", responses=responses())
async def live() -> Liveness:
    """The process answers; nothing else is asked."""
    return Liveness()


@router.get("/ready", summary="Can it serve?", responses=responses(Unavailable))
async def ready(request: Request, database: DatabaseDep) -> Readiness:
    """The database is reached, the app schema is migrated, and the views of api_v1 are there."""
    return await service.readiness(database, head=request.app.state.head)
