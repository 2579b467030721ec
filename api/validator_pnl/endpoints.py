"""``/v1/chains/{chain_id}/validators/{validator_key}/pnl``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.keys.authentication import AUTH_PROBLEMS
from api.kit.database import DatabaseDep
from api.kit.problems import (
    InvalidParameter,
    InvalidPeriod,
    MalformedCursor,
    UnknownChain,
    UnknownValidator,
    responses,
)
from api.validator_pnl import service
from api.validator_pnl.auth import ValidatorPnlRead
from api.validator_pnl.schemas import PnlQuery, ValidatorPnl
from api.validators.endpoints import ChainId

ValidatorKey = Annotated[str, Path(description="A validator_key of the chain's validators.")]

router = APIRouter(prefix="/v1/chains/{chain_id}/validators/{validator_key}/pnl", tags=["validators"])


@router.get(
    "",
    summary="Read a validator's P&L",
    responses=responses(
        *AUTH_PROBLEMS, UnknownChain, UnknownValidator, InvalidPeriod, InvalidParameter, MalformedCursor
    ),
)
async def validator_pnl(
    _principal: ValidatorPnlRead,
    database: DatabaseDep,
    chain_id: ChainId,
    validator_key: ValidatorKey,
    query: Annotated[PnlQuery, Query()],
) -> ValidatorPnl:
    """One item per loaded period, earliest first; from and to are both included. Role OPERATOR.

    Amounts are text: `*_native` in the chain's native unit with all its decimals, `*_base_units` as an integer.
    """
    return await service.validator_pnl(database, chain_id, validator_key, query=query)
