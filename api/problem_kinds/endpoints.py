"""``/problems/{slug}``: what the ``type`` of a problem leads to."""

from __future__ import annotations

from fastapi import APIRouter

from api.kit.problems import KINDS, NotFound, responses
from api.problem_kinds.schemas import ProblemKind

router = APIRouter(prefix="/problems", tags=["problems"])

_BY_SLUG = {kind.slug: kind for kind in KINDS}


@router.get("/{slug}", summary="What a kind of problem means", responses=responses(NotFound))
async def problem_kind(slug: str) -> ProblemKind:
    """The description of a problem's `type`."""
    kind = _BY_SLUG.get(slug)
    if kind is None:
        raise NotFound(f"no kind of problem has this name; there are {', '.join(_BY_SLUG)}")
    return ProblemKind(type=kind.uri(), title=kind.title, status=kind.status, meaning=kind.meaning)
