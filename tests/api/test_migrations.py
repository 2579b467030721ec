"""The app schema: up, down, up again, and what stands in the way said in one line."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from psycopg import sql

from api.migrations import BASE, current, downgrade, head, pending, upgrade
from aurora.errors import WarehouseError
from aurora.warehouse.connection import connect
from tests.api.world import execute, query
from tests.postgres import PostgresServer

_SHAPE = """
    select 'column', attrelid::regclass::text, attname::text, format_type(atttypid, atttypmod), attnotnull::text
    from pg_attribute where attrelid::regclass::text like 'app.%' and attnum > 0
    union all
    select 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), ''
    from pg_constraint where connamespace = to_regnamespace('app')
    union all
    select 'index', tablename::text, indexname::text, indexdef, '' from pg_indexes where schemaname = 'app'
    order by 1, 2, 3, 4, 5
"""


@pytest.fixture
def empty(server: PostgresServer, database_names: Callable[[str], str]) -> Iterator[str]:
    name = database_names("migrations")
    yield server.create(name)
    server.drop(name)


def _one_line(call: Callable[[], object]) -> str:
    with pytest.raises(WarehouseError) as failure:
        call()
    assert "\n" not in str(failure.value)
    return str(failure.value)


def test_an_upgrade_reaches_the_head_and_a_second_one_changes_nothing(empty: str) -> None:
    assert (current(empty), pending(empty)) == (None, ["0001", "0002", "0003", "0004"])
    assert upgrade(empty) == head()
    shape = query(empty, _SHAPE)
    assert upgrade(empty) == head()
    assert query(empty, _SHAPE) == shape
    assert (current(empty), pending(empty)) == (head(), [])


def test_every_revision_can_be_undone_and_done_again(empty: str) -> None:
    revisions = pending(empty)
    shapes = [query(empty, _SHAPE)]
    for revision in revisions:
        assert upgrade(empty, revision) == revision
        shapes.append(query(empty, _SHAPE))
    for revision, shape in zip([*reversed(revisions[:-1]), BASE], reversed(shapes[1:-1]), strict=False):
        downgrade(empty, revision)
        assert query(empty, _SHAPE) == shape
    assert downgrade(empty, BASE) is None
    assert query(empty, "select relname from pg_class where relnamespace = 'app'::regnamespace and relkind = 'r'") == [
        ("alembic_version",)
    ]
    upgrade(empty)
    assert query(empty, _SHAPE) == shapes[-1]


def test_nothing_outside_the_app_schema_is_touched(empty: str) -> None:
    outside = """
        select oid from pg_class
        where relnamespace not in (select oid from pg_namespace where nspname in ('app', 'pg_toast'))
        order by oid
    """
    before = query(empty, outside)
    upgrade(empty)
    assert query(empty, outside) == before


def test_several_upgrades_at_once_all_succeed(empty: str) -> None:
    reached: list[str] = []
    threads = [threading.Thread(target=lambda: reached.append(upgrade(empty))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert reached == [head()] * 4


def test_a_database_of_a_newer_version_is_left_alone(empty: str) -> None:
    upgrade(empty)
    execute(empty, "update app.alembic_version set version_num = '9999'")
    for call in (lambda: upgrade(empty), lambda: downgrade(empty, BASE), lambda: pending(empty)):
        assert "9999" in _one_line(call)
    assert query(empty, "select to_regclass('app.api_keys') is not null") == [(True,)]


def test_an_unknown_revision_is_named(empty: str) -> None:
    assert "'later'" in _one_line(lambda: upgrade(empty, "later"))
    assert "0001" in _one_line(lambda: downgrade(empty, "later"))
    assert current(empty) is None


def test_a_downgrade_to_what_is_not_reached_yet_is_refused(empty: str) -> None:
    assert "nothing to undo" in _one_line(lambda: downgrade(empty, head()))


def test_a_migration_that_fails_leaves_nothing_behind(empty: str) -> None:
    execute(empty, "create schema app")
    execute(empty, "create table app.api_keys (mine text)")
    assert "api_keys" in _one_line(lambda: upgrade(empty))
    assert current(empty) is None
    assert query(empty, "select count(*) from app.api_keys") == [(0,)]


def test_a_user_without_the_right_is_told_so(empty: str, server: PostgresServer) -> None:
    with connect(empty) as connection:
        connection.execute(
            sql.SQL("create role app_reader login; revoke create on database {} from public").format(
                sql.Identifier(connection.info.dbname)
            )
        )
    try:
        assert "allowed to create" in _one_line(lambda: upgrade(empty.replace("postgres:trust@", "app_reader:trust@")))
    finally:
        execute(server.url(), "drop role app_reader")


def test_an_owner_of_the_schema_needs_no_right_on_the_database(empty: str, server: PostgresServer) -> None:
    execute(empty, "create role app_owner login")
    try:
        execute(empty, "create schema app authorization app_owner")
        assert upgrade(empty.replace("postgres:trust@", "app_owner:trust@")) == head()
    finally:
        execute(empty, "drop schema app cascade")
        execute(server.url(), "drop role app_owner")
