"""``/v1/partners/{partner_id}/statements``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.keys.authentication import AUTH_PROBLEMS
from api.kit.database import DatabaseDep
from api.kit.pagination import PageQuery
from api.kit.problems import InvalidParameter, MalformedCursor, UnknownPartner, UnknownStatement, responses
from api.statements import service
from api.statements.auth import StatementsRead
from api.statements.schemas import StatementDetail, StatementPage, StatementQuery

PartnerId = Annotated[str, Path(description="The partner's id.")]
StatementId = Annotated[str, Path(description="A statement_id of the partner's statements.")]

router = APIRouter(prefix="/v1/partners/{partner_id}/statements", tags=["statements"])


@router.get(
    "",
    summary="List a partner's statements",
    responses=responses(*AUTH_PROBLEMS, UnknownPartner, InvalidParameter, MalformedCursor),
)
async def list_statements(
    principal: StatementsRead, database: DatabaseDep, partner_id: PartnerId, query: Annotated[StatementQuery, Query()]
) -> StatementPage:
    """By month, chain and revision. A key of role PARTNER sees its own, from their release on; OPERATOR sees all."""
    return await service.list_statements(database, principal, partner_id, query=query)


@router.get(
    "/{statement_id}",
    summary="Read a statement with its lines",
    responses=responses(*AUTH_PROBLEMS, UnknownStatement, InvalidParameter, MalformedCursor),
)
async def get_statement(
    principal: StatementsRead,
    database: DatabaseDep,
    partner_id: PartnerId,
    statement_id: StatementId,
    query: Annotated[PageQuery, Query()],
) -> StatementDetail:
    """The statement, and a page of its lines by number. From approval on neither changes any more."""
    return await service.get_statement(database, principal, partner_id, statement_id, query=query)
