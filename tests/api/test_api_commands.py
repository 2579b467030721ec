"""`aurora keys`, `aurora migrate` and `aurora api`, as they are typed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import typer
from typer.testing import CliRunner, Result

from api.migrations import current, head
from api.serve import serve
from aurora.cli import api as api_command
from aurora.cli import keys, migrate
from aurora.cli.keys import RoleName
from aurora.errors import AuroraError, WarehouseError
from tests.api.problem import problem
from tests.api.world import Served, query
from tests.postgres import PostgresServer

Run = Callable[..., Result]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command against the database of a URL; one that fails raises."""
    app = typer.Typer()
    app.command()(migrate.migrate)
    app.command()(api_command.api)
    app.add_typer(keys.app, name="keys")

    def run(url: str, *arguments: str) -> Result:
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("ENVIRONMENT", "test")
        return CliRunner().invoke(app, arguments, catch_exceptions=False)

    return run


@pytest.fixture
def empty(server: PostgresServer, database_names: Callable[[str], str]) -> Iterator[str]:
    name = database_names("commands")
    yield server.create(name)
    server.drop(name)


def test_migrate_goes_up_and_down_and_prints_the_revision(empty: str, run: Run) -> None:
    assert run(empty, "migrate").stdout == f"the app schema is at revision {head()}\n"
    assert run(empty, "migrate").stdout == f"the app schema is at revision {head()}\n"
    assert run(empty, "migrate", "--down-to", "base").stdout == "the app schema is at revision base\n"
    assert current(empty) is None
    with pytest.raises(WarehouseError, match="'later'"):
        run(empty, "migrate", "--down-to", "later")


def test_a_key_is_created_shown_once_used_listed_and_revoked(own_api: Served, run: Run) -> None:
    created = run(own_api.url, "keys", "create", "--name", "grafana", "--role", "OPERATOR")
    secret = created.stdout.strip()
    assert re.fullmatch(r"aurora_[A-Za-z0-9_-]{43}", secret)
    assert own_api.get("/v1/chains", key=secret).status_code == 200

    run(own_api.url, "keys", "create", "--name", "p", "--role", "PARTNER", "--partner", "Bolt Ltd")
    listed = run(own_api.url, "keys", "list").stdout
    assert "grafana" in listed
    assert "Bolt Ltd" in listed
    assert secret.removeprefix("aurora_") not in listed

    revoked = run(own_api.url, "keys", "revoke", "grafana").stdout
    [key_id] = [row[0] for row in query(own_api.url, "select key_id from app.api_keys where name = 'grafana'")]
    assert isinstance(key_id, UUID)
    assert str(key_id) in revoked
    problem(own_api.get("/v1/chains", key=secret), 401, "unauthenticated")


def test_keys_that_make_no_sense_are_refused_by_the_command(database: str, run: Run) -> None:
    assert run(database, "keys", "create", "--name", "k", "--role", "ADMIN").exit_code == 2
    for arguments in (("--role", "PARTNER"), ("--role", "OPERATOR", "--partner", "Acme")):
        with pytest.raises(AuroraError):
            run(database, "keys", "create", "--name", "k", *arguments)


def test_the_command_offers_exactly_the_roles_there_are() -> None:
    from api.keys.models import Role

    assert [role.value for role in RoleName] == [role.value for role in Role]


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; import aurora.cli.api, aurora.cli.keys, aurora.cli.migrate;"
        "print(sorted({name.split('.')[0] for name in sys.modules}"
        " & {'api', 'fastapi', 'alembic', 'sqlalchemy', 'psycopg', 'uvicorn', 'rich_click', 'pydantic'}))"
    )
    # The package's own start imports nothing of the other commands.
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_api_serves_until_it_is_interrupted(api: Served) -> None:
    code = "import typer; from aurora.cli.api import api; typer.run(api)"
    environment = {**os.environ, "DATABASE_URL": api.url, "ENVIRONMENT": "test", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--port", "0"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:[0-9]+", said)
        assert found, said
        address = found.group()
        assert httpx.get(f"{address}/v1/chains").status_code == 401
        ready = httpx.get(f"{address}/v1/chains", headers={"X-API-Key": api.operator})
        assert ready.status_code == 200
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def test_a_port_that_is_taken_is_one_clear_line(
    api: Served, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", api.url)
    monkeypatch.setenv("ENVIRONMENT", "test")
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(AuroraError, match="cannot listen"):
        serve("127.0.0.1", taken.getsockname()[1], say=lambda _line: None)
    assert "Traceback" not in capfd.readouterr().err


def test_the_api_says_that_migrations_are_missing(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", empty)
    monkeypatch.setenv("ENVIRONMENT", "test")
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(AuroraError):
        serve("127.0.0.1", taken.getsockname()[1], say=said.append)
    assert "aurora migrate" in said[0]
