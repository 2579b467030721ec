"""The OpenAPI document: valid, and true of what the server says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from fastapi.openapi.models import OpenAPI

from api.kit.problems import KINDS
from tests.api.world import ETHEREUM_PNL_PATH, KEY_PATHS, PNL_PATH, Served

PNL_TEMPLATE = "/v1/chains/{chain_id}/validators/{validator_key}/pnl"
TEMPLATES = {
    "/v1/chains": "/v1/chains",
    "/v1/chains/solana/validators": "/v1/chains/{chain_id}/validators",
    PNL_PATH: PNL_TEMPLATE,
    ETHEREUM_PNL_PATH: PNL_TEMPLATE,
    "/health/live": "/health/live",
    "/health/ready": "/health/ready",
    "/problems/forbidden": "/problems/{slug}",
}


@pytest.fixture(scope="module")
def document(api: Served) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/openapi.json", key="").json()
    return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        assert set(item) == {"get"}, f"{path} is not read-only"
        yield path, item["get"]


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _validate(body: Any, schema: dict[str, Any], document: dict[str, Any]) -> None:
    rooted = {**schema, "components": document["components"]}
    jsonschema.Draft202012Validator(rooted).validate(body)


def test_the_document_is_openapi_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPI.model_validate(document)
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    references = set(_references(document))
    assert "#/components/schemas/Problem" in references
    assert {reference.removeprefix("#/components/schemas/") for reference in references} <= set(schemas)
    assert len({operation["operationId"] for _, operation in _operations(document)}) == len(document["paths"])


def test_exactly_the_endpoints_under_v1_ask_for_a_key(document: dict[str, Any]) -> None:
    assert set(document["components"]["securitySchemes"]) == {"Bearer", "X-API-Key"}
    for path, operation in _operations(document):
        wanted = {name for requirement in operation.get("security", []) for name in requirement}
        assert wanted == ({"Bearer", "X-API-Key"} if path.startswith("/v1") else set()), path


def test_every_error_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    for path, operation in _operations(document):
        errors = {status: answer for status, answer in operation["responses"].items() if status != "200"}
        assert "500" in errors
        if path.startswith("/v1"):
            assert {"400", "401", "403", "503"} <= set(errors), path
        for answer in errors.values():
            assert list(answer["content"]) == ["application/problem+json"], path
            for example in answer["content"]["application/problem+json"]["examples"].values():
                _validate(example["value"], {"$ref": "#/components/schemas/Problem"}, document)
    assert {"404", "422"} <= set(document["paths"][PNL_TEMPLATE]["get"]["responses"])


def test_every_field_and_parameter_is_described(document: dict[str, Any]) -> None:
    item = document["components"]["schemas"]["PeriodPnl"]["properties"]
    assert all(field.get("description") for field in item.values())
    parameters = document["paths"][PNL_TEMPLATE]["get"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == [
        "chain_id",
        "validator_key",
        "limit",
        "cursor",
        "from",
        "to",
    ]
    assert all(parameter.get("description") for parameter in parameters)


@pytest.mark.parametrize("path", TEMPLATES)
def test_answers_are_as_documented(api: Served, document: dict[str, Any], path: str) -> None:
    answer = api.get(path)
    documented = document["paths"][TEMPLATES[path]]["get"]["responses"]["200"]["content"]["application/json"]
    _validate(answer.json(), documented["schema"], document)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (KEY_PATHS[0], 401),
        (f"{PNL_PATH}?limit=0", 422),
        (f"{PNL_PATH}?from=x", 422),
        (f"{PNL_PATH}?cursor=%25", 400),
        ("/v1/chains/bitcoin/validators", 404),
    ],
)
def test_problems_are_as_documented(api: Served, document: dict[str, Any], path: str, status: int) -> None:
    answer = api.get(path, key="" if status == 401 else None)
    assert answer.status_code == status
    _validate(answer.json(), {"$ref": "#/components/schemas/Problem"}, document)


def test_kinds_of_problem_have_names_of_their_own(api: Served) -> None:
    assert len({kind.slug for kind in KINDS}) == len(KINDS)
    assert all(api.get(kind.uri(), key="").json()["status"] == kind.status for kind in KINDS)


def test_the_page_of_the_documentation_may_load_what_it_shows(api: Served) -> None:
    page = api.get("/docs", key="")
    assert page.status_code == 200
    assert "https://cdn.jsdelivr.net" in page.headers["content-security-policy"]
