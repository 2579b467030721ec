"""The generic test of a model's rules: each rule fails on a row that breaks it, is named, and lets the others be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from aurora.transform import DBT_PROJECT
from aurora.warehouse.connection import connect
from tests.postgres import PostgresServer

_ROWS = """
create table chains (chain_id text, native_decimals integer);
insert into chains values ('solana', 9);
create table things (chain_id text, thing text, kind text, owner text, amount_native numeric(38, 18));
insert into things values ('solana', 'a', 'GOOD', 'alice', 1.5), ('solana', 'b', null, null, null);
create table owners (owner text);
insert into owners values ('alice');
"""

_RULES: dict[str, Any] = {
    "primary_key": ["chain_id", "thing"],
    "known": ["chain_id"],
    "not_negative": ["amount_native"],
    "whole_base_units": ["amount_native"],
    "accepted_values": {"kind": ["GOOD", "BAD"]},
    "relationships": {"owner": {"to": "owners", "field": "owner"}},
    "holds": {"good_is_owned": "kind <> 'GOOD' or owner is not null"},
}


@pytest.fixture(scope="module")
def broken_rules(server: PostgresServer) -> Iterator[Callable[..., list[str]]]:
    source = (DBT_PROJECT / "tests" / "generic" / "keeps.sql").read_text()
    body = source[source.index("%}") + 2 : source.rindex("{% endtest %}")]
    environment = Environment(extensions=["jinja2.ext.do"], autoescape=False)
    defaults = {"nullable_key": [], "known": [], "not_negative": [], "whole_base_units": []}
    maps: dict[str, Any] = {"accepted_values": {}, "relationships": {}, "holds": {}}

    def run(*statements: str, **rules: Any) -> list[str]:
        arguments = {
            **defaults,
            **maps,
            **(rules or _RULES),
            "model": "(select * from things) as scoped",
            "ref": lambda name: name,
        }
        query = environment.from_string(body).render(arguments)
        with connect(url) as connection:
            for statement in statements:
                connection.execute(statement.encode())
            found = connection.execute(f"select broken_rule from ({query}) as found order by 1".encode()).fetchall()
            connection.rollback()
        return [rule for (rule,) in found]

    url = server.create("keeps")
    with connect(url) as connection:
        connection.execute(_ROWS)
    yield run
    server.drop("keeps")


def test_sound_rows_break_nothing_and_what_is_null_breaks_no_rule(broken_rules: Callable[..., list[str]]) -> None:
    assert broken_rules() == []


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("'solana', 'a', 'GOOD', 'alice', 1", "primary_key"),
        ("'solana', null, 'GOOD', 'alice', 1", "primary_key"),
        ("'solana', 'c', 'GOOD', 'alice', -1", "not_negative amount_native"),
        ("'solana', 'c', 'GOOD', 'alice', 0.0000000001", "whole_base_units amount_native"),
        ("'solana', 'c', 'UGLY', 'alice', 1", "accepted_values kind"),
        ("'solana', 'c', 'GOOD', 'bob', 1", "relationships owner"),
        ("'solana', 'c', 'GOOD', null, 1", "holds good_is_owned"),
    ],
)
def test_a_row_that_breaks_a_rule_is_found_and_the_rule_named(
    broken_rules: Callable[..., list[str]], row: str, rule: str
) -> None:
    assert broken_rules(f"insert into things values ({row})") == [rule]


def test_a_column_that_must_be_known_is_missed(broken_rules: Callable[..., list[str]]) -> None:
    assert broken_rules("insert into things values (null, 'c')", primary_key=["thing"], known=["chain_id"]) == [
        "known chain_id"
    ]


def test_only_named_columns_of_a_key_may_be_null_and_still_no_two_rows_share_it(
    broken_rules: Callable[..., list[str]],
) -> None:
    key = {"primary_key": ["chain_id", "thing"], "nullable_key": ["thing"]}
    assert broken_rules("insert into things values ('solana', null)", **key) == []
    assert broken_rules("insert into things values ('solana', null), ('solana', null)", **key) == ["primary_key"]


def test_the_test_is_the_one_that_the_project_uses(broken_rules: Callable[..., list[str]]) -> None:
    generic = sorted(path.name for path in Path(DBT_PROJECT / "tests" / "generic").glob("*.sql"))
    assert generic == ["keeps.sql"]
