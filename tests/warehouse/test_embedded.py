from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from aurora.errors import WarehouseError
from aurora.warehouse import pgctl
from aurora.warehouse.connection import connect
from aurora.warehouse.embedded import EmbeddedServer
from tests.postgres import SYSTEM_BIN_DIRS

pytestmark = pytest.mark.slow

MakeServer = Callable[..., EmbeddedServer]
ROOT = Path(__file__).resolve().parents[2]


def _answer(server: EmbeddedServer, statement: str, database: str = "postgres") -> object:
    with connect(server.url(database), autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def _kill(server: EmbeddedServer) -> None:
    pid = server.status().pid
    assert pid is not None
    postmaster = psutil.Process(pid)
    postmaster.kill()
    with suppress(psutil.NoSuchProcess):
        while postmaster.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)


def test_a_second_start_leaves_the_running_server_alone(make_server: MakeServer) -> None:
    server = make_server(is_created=True)
    server.start()
    first = server.status()
    EmbeddedServer(server.data_dir).start()
    assert first.is_running
    assert first.pid is not None
    assert server.status() == first


def test_what_was_committed_is_there_after_stop_and_start(make_server: MakeServer) -> None:
    server = make_server(is_created=True)
    server.start()
    server.ensure_database("aurora")
    server.ensure_database("aurora")
    with connect(server.url()) as connection:
        connection.execute("create table kept as select 7 as lamports")
    assert server.stop() is True
    assert server.stop() is False
    assert not server.status().is_running
    server.start()
    assert _answer(server, "select lamports from kept", "aurora") == 7


def test_what_was_committed_survives_the_kill_of_the_server_and_what_was_not_is_gone(make_server: MakeServer) -> None:
    server = make_server(is_created=True)
    server.start()
    with connect(server.url("postgres")) as connection:
        connection.execute("create table kept as select 7 as lamports")
        connection.commit()
        connection.execute("update kept set lamports = 8")
        _kill(server)
        connection.close()
    assert (server.data_dir / "postmaster.pid").exists()
    assert not server.status().is_running
    server.start()
    assert _answer(server, "select lamports from kept") == 7


def test_a_backend_that_outlives_its_postmaster_does_not_keep_a_new_one_from_starting(make_server: MakeServer) -> None:
    server = make_server(is_created=True)
    server.start()
    with connect(server.url("postgres")) as connection:
        backend = psutil.Process(connection.info.backend_pid)
        backend.suspend()  # as one in a long loop that never looks whether its postmaster lives
        _kill(server)
        server.start()
        assert not psutil.pid_exists(backend.pid) or backend.status() == psutil.STATUS_ZOMBIE
        assert _answer(server, "select 1") == 1
        connection.close()


def test_a_pid_file_whose_number_now_belongs_to_a_stranger_does_not_hinder_the_start(make_server: MakeServer) -> None:
    server = make_server(is_created=True)
    server.start()
    pid_file = server.data_dir / "postmaster.pid"
    _kill(server)
    lines = pid_file.read_text().splitlines()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        server.start()
        assert stranger.poll() is None
        stranger.communicate(b"\n")
    assert _answer(server, "select 1") == 1


def test_a_zombie_that_nobody_reaps_does_not_hinder_the_start(make_server: MakeServer) -> None:
    server = make_server("x" * 90 + "/pg", is_created=True)
    server.start()
    socket_dir = server.status().socket_dir
    assert socket_dir is not None
    _kill(server)
    zombie = subprocess.Popen(["true"])
    with suppress(psutil.NoSuchProcess):
        while psutil.Process(zombie.pid).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
    for lock in (server.data_dir / "postmaster.pid", socket_dir / ".s.PGSQL.5432.lock"):
        lines = lock.read_text().splitlines()
        lock.write_text("\n".join([str(zombie.pid), *lines[1:]]))
    server.start()
    assert zombie.wait() == 0
    assert _answer(server, "select 1") == 1


def test_data_removed_under_a_running_server_ends_it_and_gives_a_new_empty_one(make_server: MakeServer) -> None:
    server = make_server(is_created=True)
    server.start()
    old = server.status().pid
    assert old is not None
    server.ensure_database("aurora")
    while server.data_dir.exists():  # the server may write a file between the emptying of a folder and its removal
        shutil.rmtree(server.data_dir, ignore_errors=True)
    server.start()
    assert server.status().pid != old
    assert not psutil.pid_exists(old) or psutil.Process(old).status() == psutil.STATUS_ZOMBIE
    assert _answer(server, "select count(*) from pg_database where datname = 'aurora'") == 0


def test_many_starters_at_once_make_one_server(make_server: MakeServer) -> None:
    server = make_server()
    failures: list[BaseException] = []

    def start() -> None:
        try:
            EmbeddedServer(server.data_dir).start()
        except BaseException as error:
            failures.append(error)

    starters = [threading.Thread(target=start) for _ in range(4)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert failures == []
    assert _answer(server, "select 1") == 1


def test_the_server_outlives_the_process_that_started_it(make_server: MakeServer) -> None:
    server = make_server(is_created=True)
    code = (
        "import sys; from pathlib import Path; from aurora.warehouse.embedded import EmbeddedServer; "
        "EmbeddedServer(Path(sys.argv[1])).start()"
    )
    subprocess.run([sys.executable, "-c", code, str(server.data_dir)], check=True, cwd=ROOT, start_new_session=True)
    assert server.status().is_running


def test_two_data_folders_have_two_servers_at_the_same_time(make_server: MakeServer) -> None:
    one, two = make_server("one", is_created=True), make_server("two")
    one.start()
    two.start()
    with connect(one.url("postgres")) as connection:
        connection.execute("create table only_here as select 1")
    assert _answer(one, "select count(*) from pg_class where relname = 'only_here'") == 1
    assert _answer(two, "select count(*) from pg_class where relname = 'only_here'") == 0
    one.stop()
    assert two.status().is_running


def test_no_folder_but_its_own_changes_its_mode(make_server: MakeServer, home: Path) -> None:
    inner = home / "private" / "project"
    inner.mkdir(parents=True)
    inner.chmod(0o750)
    inner.parent.chmod(0o700)
    folders = [inner, *inner.parents]
    before = [(folder.stat().st_mode, folder.stat().st_uid, folder.stat().st_gid) for folder in folders]
    server = make_server("private/project/pg")
    server.start()
    assert [(folder.stat().st_mode, folder.stat().st_uid, folder.stat().st_gid) for folder in folders] == before
    assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700
    assert server.data_dir.stat().st_uid == os.geteuid()


def test_data_opened_to_others_is_closed_again(make_server: MakeServer) -> None:
    server = make_server(is_created=True)
    server.start()
    server.stop()
    server.data_dir.chmod(0o755)
    server.start()
    assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700


def test_a_path_too_long_for_a_socket_gets_a_private_folder_for_it(make_server: MakeServer) -> None:
    server = make_server("x" * 90 + "/pg", is_created=True)
    server.start()
    socket_dir = server.status().socket_dir
    assert socket_dir is not None
    assert socket_dir != server.data_dir
    assert stat.S_IMODE(socket_dir.stat().st_mode) == 0o700
    assert _answer(server, "select 1") == 1
    server.stop()
    assert not socket_dir.exists()


def test_a_path_too_long_whose_private_folder_is_open_to_others_is_refused(make_server: MakeServer) -> None:
    server = make_server("x" * 90 + "/pg", is_created=True)
    server.start()
    socket_dir = server.status().socket_dir
    assert socket_dir is not None
    server.stop()
    socket_dir.mkdir()
    socket_dir.chmod(0o777)
    try:
        with pytest.raises(WarehouseError, match=r"not a private folder .* AURORA_HOME .* DATABASE_URL"):
            server.start()
    finally:
        socket_dir.rmdir()


def test_a_folder_with_blanks_quotes_and_dollars_works(make_server: MakeServer) -> None:
    server = make_server("""it's "50 $HOME, 100%" é/pg""")
    server.start()
    server.ensure_database("aurora")
    assert _answer(server, "select current_database()", "aurora") == "aurora"


def test_the_callers_environment_does_not_reach_the_server(
    make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "TZ": "Asia/Kolkata",
        "PGTZ": "Asia/Kolkata",
        "LC_ALL": "xx_NOWHERE",
        "PGPORT": "1",
        "PGOPTIONS": "-c nonsense=on",
        "PGDATA": "/nowhere",
        "JWT_SECRET_KEY": "not-for-the-server",
    }.items():
        monkeypatch.setenv(name, value)
    server = make_server()
    server.start()
    pid = server.status().pid
    assert pid is not None
    assert "not-for-the-server" not in psutil.Process(pid).environ().values()
    monkeypatch.undo()
    assert _answer(server, "select ('2026-01-01T20:00:00Z'::timestamptz::date)::text") == "2026-01-01"
    assert _answer(server, "select setting from pg_file_settings where name = 'timezone' and applied") == "UTC"
    assert _answer(server, "select pg_encoding_to_char(encoding) from pg_database limit 1") == "UTF8"


def test_data_of_another_version_is_refused_untouched(make_server: MakeServer) -> None:
    server = make_server()
    server.data_dir.mkdir(mode=0o700)
    (server.data_dir / "PG_VERSION").write_text("9\n")
    with pytest.raises(WarehouseError, match=r"holds data of PostgreSQL 9 and this is PostgreSQL 18: .*pg_dump"):
        server.start()
    assert [path.name for path in server.data_dir.iterdir()] == ["PG_VERSION"]


def test_a_folder_with_other_files_is_refused_untouched(make_server: MakeServer) -> None:
    server = make_server()
    server.data_dir.mkdir()
    (server.data_dir / "thesis.txt").write_text("years of work")
    with pytest.raises(WarehouseError, match="no PostgreSQL data: move them away"):
        server.start()
    assert (server.data_dir / "thesis.txt").read_text() == "years of work"


def test_a_creation_that_was_cut_off_is_done_again(make_server: MakeServer, home: Path) -> None:
    (home / "pg.new").mkdir()
    (home / "pg.new" / "PG_VERSION").write_text("18\n")
    server = make_server()
    server.start()
    assert _answer(server, "select 1") == 1
    assert not (home / "pg.new").exists()


def test_a_server_that_cannot_start_says_why_and_where_its_log_is(make_server: MakeServer) -> None:
    server = make_server(is_created=True)
    server.start()
    server.stop()
    with (server.data_dir / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")
    with pytest.raises(WarehouseError) as failure:
        server.start()
    message = str(failure.value)
    assert "no_such_setting" in message or "contains errors" in message
    assert str(server.log_file) in message
    assert "\n" not in message


def test_the_url_of_a_stopped_server_says_how_to_start_it(make_server: MakeServer) -> None:
    with pytest.raises(WarehouseError, match="does not run: start it with `aurora db up`"):
        make_server().url()


def test_an_unwritable_home_is_one_clear_line(home: Path) -> None:
    (home / "file").write_text("")
    with pytest.raises(WarehouseError, match=r"AURORA_HOME .* DATABASE_URL"):
        EmbeddedServer(home / "file" / "pg").start()


def test_every_installed_version_from_15_on_works_alike(make_server: MakeServer) -> None:
    for bin_dir in [pgctl.wheel_bin_dir(), *SYSTEM_BIN_DIRS]:
        server = make_server(f"pg{pgctl.major_version(bin_dir)}", bin_dir=bin_dir)
        server.start()
        server.ensure_database("aurora")
        version = _answer(server, "show server_version_num", "aurora")
        assert int(str(version)) // 10000 == pgctl.major_version(bin_dir) == server.status().version
        assert _answer(server, "show timezone", "aurora") == "UTC"
        server.stop()


def test_root_without_user_namespaces_and_without_a_user_who_reaches_the_folder_gets_one_clear_line(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = home / "bin" / "unshare"
    refusing.parent.mkdir()
    refusing.write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2; exit 1\n")
    refusing.chmod(0o755)
    home.chmod(0o700)
    monkeypatch.setenv("PATH", str(refusing.parent), prepend=os.pathsep)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(WarehouseError) as failure:
        EmbeddedServer(home / "pg").start()
    message = str(failure.value)
    assert "forbids user namespaces" in message
    assert "another user" in message
    assert "AURORA_HOME" in message
    assert "DATABASE_URL" in message
    assert not (home / "pg").exists()
