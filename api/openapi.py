"""The OpenAPI document: FastAPI's own, with the one schema that no endpoint returns."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.kit.problems import ProblemDetails

DESCRIPTION = """\
Validator P&L and partners' statements from the warehouse's `api_v1` views, read-only.

**Amounts are text.** Each comes twice: `*_native` in the chain's native unit, in plain notation with all the chain's
decimals, and `*_base_units` as an integer. Read them with a decimal or big integer type, never as a float. `null` is
unknown, which is not zero: `is_complete` and `missing_data_types` say what is missing.

**Keys.** Send an API key as `Authorization: Bearer KEY` or `X-API-Key: KEY`.

**Errors** are problem details (RFC 9457, `application/problem+json`); `type` leads to what the kind means.

**Pages.** `limit` bounds a page, `next_cursor` is the `cursor` of the next one, null on the last.
"""


def install_openapi(app: FastAPI) -> None:
    """Make the application serve the completed document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            _add_problem(schema["components"]["schemas"])
            _drop_framework_errors(schema)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _add_problem(schemas: dict[str, Any]) -> None:
    problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem


def _drop_framework_errors(schema: dict[str, Any]) -> None:
    """FastAPI documents its own 422 wherever there is a parameter; no answer of this API has that form."""
    for path in schema["paths"].values():
        for operation in path.values():
            if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(name, None)
