"""The application, assembled: settings, database, middleware, resources, problems."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from api import migrations
from api.chains import endpoints as chains
from api.health import endpoints as health
from api.kit.database import Database
from api.kit.logs import configure_logs
from api.kit.middleware import FaultBarrier, RequestContext
from api.kit.problems import (
    InternalError,
    InvalidParameter,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    ParameterError,
    Problem,
    problem_response,
)
from api.openapi import DESCRIPTION, install_openapi
from api.problem_kinds import endpoints as problem_kinds
from api.statements import endpoints as statements
from api.validator_pnl import endpoints as validator_pnl
from api.validators import endpoints as validators
from aurora import __version__
from aurora.settings import load_settings
from aurora.warehouse.connection import warehouse_url

if TYPE_CHECKING:
    from aurora.settings import Settings

_TAGS = [
    {"name": "chains", "description": "Which chains there are, and in what they count."},
    {"name": "validators", "description": "Validators and their profit and loss; for the operator's keys."},
    {
        "name": "statements",
        "description": "What a partner is owed, by month; for the partner's keys and the operator's.",
    },
    {"name": "problems", "description": "What the types of errors mean."},
    {"name": "health", "description": "For probes; without a key."},
]


def create_app(settings: Settings | None = None, *, url: str | None = None) -> FastAPI:
    """The API over the warehouse at ``url`` (by default the settings' own, an embedded server being started).

    Raises:
        SettingsError: production lacks a secret, or ``DATABASE_URL`` cannot be read.
        WarehouseError: the embedded server does not start.
    """
    settings = settings or load_settings()
    settings.require_production_secrets()
    configure_logs(settings.log_level)
    database = Database(url or warehouse_url(settings))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await database.open()
        try:
            yield
        finally:
            await database.close()

    app = FastAPI(
        title="Aurora",
        version=__version__,
        description=DESCRIPTION,
        openapi_tags=_TAGS,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=[
            Middleware(RequestContext, is_production=settings.environment == "production"),
            Middleware(
                CORSMiddleware,
                allow_origins=[origin for origin in map(str.strip, settings.cors_origins.split(",")) if origin],
                allow_methods=["GET"],
                allow_headers=["Authorization", "X-API-Key", "X-Request-ID"],
                expose_headers=["X-Request-ID"],
            ),
            Middleware(FaultBarrier),
        ],
        exception_handlers={
            Problem: _on_problem,
            RequestValidationError: _on_invalid_parameters,
            HTTPException: _on_http_exception,
        },
    )
    app.state.database = database
    app.state.head = migrations.head()
    resources = (health, chains, validators, validator_pnl, statements, problem_kinds)
    for resource in resources:
        app.include_router(resource.router)
    install_openapi(app)
    return app


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101
    return problem_response(request, error)


async def _on_invalid_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    errors = [
        ParameterError(parameter=".".join(str(part) for part in found["loc"]), message=found["msg"])
        for found in error.errors()
    ]
    said = "; ".join(f"{one.parameter}: {one.message}" for one in errors)
    return problem_response(request, InvalidParameter(said, errors=errors))


async def _on_http_exception(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: no such path, no such method, a request that cannot be read."""
    assert isinstance(error, HTTPException)  # noqa: S101
    kinds: dict[int, tuple[type[Problem], str]] = {
        404: (NotFound, "nothing is served under this path; /openapi.json lists what is"),
        405: (MethodNotAllowed, f"{request.method} is not taken here; the API is read-only"),
    }
    fallback = InternalError if error.status_code >= 500 else MalformedRequest
    kind, detail = kinds.get(error.status_code, (fallback, str(error.detail)))
    return problem_response(request, kind(detail, headers=error.headers))
