from __future__ import annotations

import httpx
import pytest

from api.health.service import VIEWS
from api.migrations import BASE, downgrade, head, upgrade
from tests.api.conftest import Serve
from tests.api.problem import problem
from tests.api.world import Served, app_of, execute, listening
from tests.postgres import PostgresServer


def test_anonymous_learns_that_it_lives_and_is_ready_and_nothing_else(api: Served) -> None:
    assert api.get("/health/live", key="").json() == {"status": "live"}
    assert api.get("/health/ready", key="").json() == {"status": "ready", "revision": head()}


def test_it_is_not_ready_while_migrations_are_missing_and_ready_after_them(own_api: Served) -> None:
    downgrade(own_api.url, BASE)
    found = problem(own_api.get("/health/ready", key=""), 503, "unavailable")
    assert "aurora migrate" in found["detail"]
    problem(own_api.get("/v1/chains"), 503, "unavailable")
    upgrade(own_api.url)
    assert own_api.get("/health/ready", key="").status_code == 200


def test_it_is_not_ready_at_a_revision_that_it_does_not_know(own_api: Served) -> None:
    execute(own_api.url, "update app.alembic_version set version_num = '9999'")
    assert "9999" in problem(own_api.get("/health/ready", key=""), 503, "unavailable")["detail"]


@pytest.mark.parametrize("view", VIEWS)
def test_it_is_not_ready_while_a_view_is_missing(own_api: Served, view: str) -> None:
    execute(own_api.url, f"drop table {view}")
    found = problem(own_api.get("/health/ready", key=""), 503, "unavailable")
    assert view in found["detail"]
    assert "aurora transform" in found["detail"]


def test_a_read_of_a_view_that_is_missing_is_unavailable_and_no_fault(own_api: Served) -> None:
    execute(own_api.url, "drop schema api_v1 cascade")
    problem(own_api.get("/v1/chains"), 503, "unavailable")


def test_it_starts_and_lives_and_is_not_ready_without_a_database(server: PostgresServer) -> None:
    gone = server.url("no_such_database").replace("trust", "s3cr3t")
    with listening(app_of(gone)) as address:
        assert httpx.get(f"{address}/health/live").status_code == 200
        answer = httpx.get(f"{address}/health/ready", timeout=30)
    found = problem(answer, 503, "unavailable")
    assert "s3cr3t" not in answer.text
    assert "no_such_database" not in found["detail"]


def test_sessions_that_a_restart_of_the_database_ended_are_replaced_unseen(database: str, serve: Serve) -> None:
    with serve(database) as served:
        assert served.get("/v1/chains").status_code == 200
        execute(
            database,
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name = 'aurora-api'",
        )
        assert [served.get("/v1/chains").status_code for _ in range(3)] == [200, 200, 200]
