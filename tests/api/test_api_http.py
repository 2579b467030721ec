"""What holds for every request: problems, headers, ids, logs, origins."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import anyio
import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg.rows import tuple_row
from pydantic import SecretStr

from api.app import create_app
from api.kit.database import Database
from aurora.errors import SettingsError
from tests.api.problem import problem
from tests.api.world import PNL_PATH, Served, app_of, listening, settings


@pytest.fixture(scope="module")
def faulty(api: Served) -> Iterator[str]:
    """The application with an endpoint that fails; its address."""
    app: FastAPI = app_of(api.url, cors_origins="https://app.example.org")

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError("the password is s3cr3t")

    with listening(app) as address:
        yield address


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/chains/", "/nothing", "/v1/chains/solana", "/v1/../v1//chains"])
def test_a_path_that_is_not_served_is_a_problem(api: Served, path: str) -> None:
    problem(api.get(path, key=""), 404, "not-found")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_only_reading_is_possible(api: Served, method: str) -> None:
    headers = {"Authorization": f"Bearer {api.operator}"}
    for path in ("/v1/chains", PNL_PATH):
        response = api.client.request(method, f"{api.address}{path}", headers=headers, json={})
        problem(response, 405, "method-not-allowed")
        assert response.headers["allow"] == "GET"


def test_a_fault_is_a_problem_that_tells_nothing_of_the_inside(faulty: str, capfd: pytest.CaptureFixture[str]) -> None:
    response = httpx.get(f"{faulty}/fault", headers={"Origin": "https://app.example.org"})
    found = problem(response, 500, "internal-error")
    assert "s3cr3t" not in response.text
    assert response.headers["access-control-allow-origin"] == "https://app.example.org"
    logged = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    [fault] = [line for line in logged if line["event"] == "fault"]
    assert fault["request_id"] == found["request_id"]
    assert "RuntimeError" in fault["exception"]


def test_what_a_problem_type_means_can_be_read_at_its_address(api: Served) -> None:
    found = problem(api.get("/v1/chains", key=""), 401, "unauthenticated")
    kind = api.get(found["type"], key="").json()
    assert {name: kind[name] for name in ("type", "title", "status")} == {
        name: found[name] for name in ("type", "title", "status")
    }
    assert "X-API-Key" in kind["meaning"]
    problem(api.get("/problems/none", key=""), 404, "not-found")


@pytest.mark.parametrize("path", ["/v1/chains", "/health/live", "/nothing", PNL_PATH])
def test_every_answer_has_safe_headers(api: Served, path: str) -> None:
    headers = api.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers
    assert "strict-transport-security" not in headers


def test_the_id_of_a_client_is_kept_and_a_wild_one_is_not(api: Served) -> None:
    def answered(offered: bytes) -> str:
        return api.get("/health/live", headers={b"X-Request-ID": offered}).headers["x-request-id"]

    assert answered(b"client-1.2_3") == "client-1.2_3"
    for wild in (b"a b", b"x" * 65, b'"}', b"\xc3\xa9"):
        assert re.fullmatch("[0-9a-f]{32}", answered(wild))


def test_the_log_names_request_and_key_and_holds_no_secret(api: Served, capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    api.get("/v1/chains", headers={"X-Request-ID": "r1"})
    api.get(f"/v1/chains?token={api.operator}", key="", headers={"X-Request-ID": "r2", "X-API-Key": "aurora_wrong"})
    said = ""
    by_id: dict[str, dict[str, object]] = {}
    deadline = time.monotonic() + 10
    # The line is written once the answer is out: the client may be here first.
    while not {"r1", "r2"} <= set(by_id) and time.monotonic() < deadline:
        captured = capfd.readouterr()
        said += captured.err + captured.out
        lines = [json.loads(line) for line in said.splitlines() if line.startswith("{") and line.endswith("}")]
        by_id = {line["request_id"]: line for line in lines if line["event"] == "request"}
        time.sleep(0.01)
    assert (by_id["r1"]["path"], by_id["r1"]["status"], by_id["r2"]["status"]) == ("/v1/chains", 200, 401)
    assert by_id["r1"]["key_id"]
    assert by_id["r2"]["key_id"] is None
    for secret in (api.operator, api.operator.removeprefix("aurora_"), "aurora_wrong"):
        assert secret not in said


def test_only_the_origins_of_the_settings_may_read(api: Served) -> None:
    for origin, allowed in (
        ("https://app.example.org", True),
        ("https://b.example.org", True),
        ("https://evil.example.org", False),
        ("https://app.example.org.evil.com", False),
    ):
        headers = api.get("/v1/chains", headers={"Origin": origin}).headers
        assert headers.get("access-control-allow-origin") == (origin if allowed else None)


def test_a_preflight_allows_the_headers_that_carry_a_key(api: Served) -> None:
    asked = {
        "Origin": "https://app.example.org",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization,x-api-key",
    }
    answer = api.client.options(f"{api.address}/v1/chains", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://app.example.org"
    assert "POST" not in answer.headers["access-control-allow-methods"]
    refused = api.client.options(f"{api.address}/v1/chains", headers={**asked, "Origin": "https://evil.example.org"})
    assert "access-control-allow-origin" not in refused.headers


def test_without_origins_in_the_settings_none_may_read(api: Served) -> None:
    with listening(app_of(api.url)) as address:
        headers = httpx.get(f"{address}/health/live", headers={"Origin": "https://app.example.org"}).headers
    assert "access-control-allow-origin" not in headers


def test_production_without_its_secrets_does_not_start(api: Served) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        create_app(settings(environment="production", database_url=None, jwt_secret_key=None), url=api.url)
    with pytest.raises(SettingsError, match="JWT_SECRET_KEY"):
        create_app(
            settings(environment="production", database_url=SecretStr(api.url), jwt_secret_key=None), url=api.url
        )


def test_production_holds_browsers_to_https(api: Served) -> None:
    values = {"database_url": SecretStr(api.url), "jwt_secret_key": SecretStr("k" * 40)}
    with listening(app_of(api.url, environment="production", **values)) as address:
        assert "max-age" in httpx.get(f"{address}/health/live").headers["strict-transport-security"]


def test_the_sessions_of_the_pool_can_only_read_and_are_in_utc(api: Served) -> None:
    names = ("timezone", "default_transaction_read_only", "statement_timeout")
    asked = "select " + ", ".join(f"current_setting('{name}')" for name in names)

    async def ask() -> list[tuple[object, ...]]:
        database = Database(api.url)
        await database.open()
        try:
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                await database.fetch("delete from app.api_keys returning 1", rows=tuple_row)
            return await database.fetch(asked, rows=tuple_row)
        finally:
            await database.close()

    assert anyio.run(ask) == [("UTC", "on", "10s")]
