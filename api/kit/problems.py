"""Errors as RFC 9457 problem details: one class per kind, which is also its documentation.

An endpoint lists the kinds that it can end with (``responses=responses(UnknownChain, ...)``); ``/problems/{slug}``,
which is each problem's ``type``, says what the kind means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

import structlog
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class ParameterError(BaseModel):
    """One parameter that cannot be taken, and why."""

    parameter: str = Field(description="Where it stands and its name, as in: query.from", examples=["query.from"])
    message: str = Field(description="What is wrong with it.", examples=["2026-02-30 is no day"])


class ProblemDetails(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(
        description="Names the kind of problem and leads to its description.",
        json_schema_extra={"format": "uri-reference"},
    )
    title: str = Field(description="The kind of problem in words; the same for every problem of the type.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What was wrong this time, and the way out.")
    instance: str = Field(description="The path that was asked for.", json_schema_extra={"format": "uri-reference"})
    request_id: str = Field(description="Also in the header X-Request-ID and in the server's log.")
    errors: list[ParameterError] | None = Field(default=None, description="The parameters at fault, where there are.")


class Problem(Exception):  # noqa: N818 -- the word of RFC 9457
    """Base of the errors that a client sees."""

    status: ClassVar[int]
    slug: ClassVar[str]
    title: ClassVar[str]
    meaning: ClassVar[str]

    def __init__(
        self, detail: str, *, errors: Sequence[ParameterError] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})

    @classmethod
    def uri(cls) -> str:
        """The problem's ``type``."""
        return f"/problems/{cls.slug}"


class AmbiguousCredentials(Problem):
    status, slug, title = 400, "ambiguous-credentials", "Two different API keys"
    meaning = "Authorization and X-API-Key hold different keys. Send one of them."


class MalformedCursor(Problem):
    status, slug, title = 400, "malformed-cursor", "Not a cursor of this collection"
    meaning = "A cursor is taken from next_cursor of the page before, unchanged, and used with the same path."


class MalformedRequest(Problem):
    status, slug, title = 400, "malformed-request", "The request cannot be read"
    meaning = "The request is not well-formed HTTP, or has a body that cannot be read."


class Unauthenticated(Problem):
    status, slug, title = 401, "unauthenticated", "A valid API key is needed"
    meaning = "Send a key that is not revoked as `Authorization: Bearer KEY` or `X-API-Key: KEY`."


class Forbidden(Problem):
    status, slug, title = 403, "forbidden", "The API key does not open this"
    meaning = "The key is valid, and its role may not read what was asked for."


class NotFound(Problem):
    status, slug, title = 404, "not-found", "No such path"
    meaning = "Nothing is served under this path. /openapi.json lists what is."


class UnknownChain(Problem):
    status, slug, title = 404, "unknown-chain", "No such chain"
    meaning = "The warehouse holds no chain with this chain_id. /v1/chains lists them."


class UnknownValidator(Problem):
    status, slug, title = 404, "unknown-validator", "No such validator"
    meaning = "The chain has no validator with this validator_key. /v1/chains/{chain_id}/validators lists them."


class UnknownPartner(Problem):
    status, slug, title = 404, "unknown-partner", "No such partner"
    meaning = "There is no partner with this partner_id, or the key is another partner's."


class UnknownStatement(Problem):
    status, slug, title = 404, "unknown-statement", "No such statement"
    meaning = (
        "The partner has no statement with this statement_id that the key may see. "
        "/v1/partners/{partner_id}/statements lists them."
    )


class MethodNotAllowed(Problem):
    status, slug, title = 405, "method-not-allowed", "The path does not take this method"
    meaning = "The API is read-only: GET. The header Allow names what the path takes."


class InvalidParameter(Problem):
    status, slug, title = 422, "invalid-parameter", "A parameter cannot be taken"
    meaning = "A parameter is unknown, out of its bounds or not of its type; errors names each."


class InvalidPeriod(Problem):
    status, slug, title = 422, "invalid-period", "Not a period of this chain"
    meaning = (
        "from and to are epoch numbers on a chain of period_type EPOCH, and days (YYYY-MM-DD or YYYYMMDD) on one of "
        "DAY; from is not after to."
    )


class InternalError(Problem):
    status, slug, title = 500, "internal-error", "The server failed"
    meaning = "A fault of the server; its log has the cause under the request_id."


class Unavailable(Problem):
    status, slug, title = 503, "unavailable", "The warehouse does not answer"
    meaning = "The database is not reached in time, or is not yet migrated or transformed. Try again later."


KINDS: tuple[type[Problem], ...] = (
    AmbiguousCredentials,
    MalformedCursor,
    MalformedRequest,
    Unauthenticated,
    Forbidden,
    NotFound,
    UnknownChain,
    UnknownValidator,
    UnknownPartner,
    UnknownStatement,
    MethodNotAllowed,
    InvalidParameter,
    InvalidPeriod,
    InternalError,
    Unavailable,
)


def problem_response(request: Request, problem: Problem) -> Response:
    """The problem as an HTTP response to this request."""
    details = ProblemDetails(
        type=problem.uri(),
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        instance=_path_as_sent(request),
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
        errors=problem.errors or None,
    )
    return Response(
        details.model_dump_json(exclude_none=True),
        status_code=problem.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def _path_as_sent(request: Request) -> str:
    raw: bytes | None = request.scope.get("raw_path")
    return raw.decode("ascii", "replace") if raw is not None else quote(request.scope["path"])


def responses(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says about the kinds of problem that an endpoint can end with."""
    documented: dict[int | str, dict[str, Any]] = {}
    listed: set[type[Problem]] = {*kinds, InternalError}
    for kind in sorted(listed, key=lambda kind: (kind.status, kind.slug)):
        answer = documented.setdefault(
            kind.status,
            {
                "description": "",
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}},
            },
        )
        answer["description"] = f"{answer['description']} {kind.title}: {kind.meaning}".strip()
        answer["content"][MEDIA_TYPE]["examples"][kind.slug] = {"summary": kind.title, "value": _example(kind)}
    return documented


def _example(kind: type[Problem]) -> dict[str, Any]:
    return {
        "type": kind.uri(),
        "title": kind.title,
        "status": kind.status,
        "detail": kind.meaning,
        "instance": "/v1/chains",
        "request_id": "3f6c1b0e9d8a4c55a7b2f0d4e6c81b92",
    }
