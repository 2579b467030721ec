"""Views are replaced where they stand: what was granted on them stays, and other columns are no obstacle."""

from __future__ import annotations

import pytest

from aurora.errors import TransformError
from tests.worlds import Warehouse

pytestmark = pytest.mark.slow

MODEL = "api_v1__chains"
VIEW = "api_v1.chains"


def test_a_view_keeps_what_was_granted_and_has_its_comments(bare_warehouse: Warehouse) -> None:
    bare_warehouse.execute(f"grant select on {VIEW} to public")
    bare_warehouse.execute(f"comment on column {VIEW}.chain_id is 'something else'")
    before = bare_warehouse.value(f"select '{VIEW}'::regclass::oid::text")
    bare_warehouse.build(select=[MODEL], command="run")
    assert bare_warehouse.value(f"select '{VIEW}'::regclass::oid::text") == before
    assert bare_warehouse.value(f"select has_table_privilege('public', '{VIEW}', 'select')")
    comments = f"col_description('{VIEW}'::regclass, 1), obj_description('{VIEW}'::regclass)"
    [row] = bare_warehouse.rows(f"select {comments}")
    assert all(row.values())
    assert "something else" not in row.values()


def test_a_view_of_other_columns_is_built_anew(bare_warehouse: Warehouse) -> None:
    bare_warehouse.execute(f"drop view {VIEW}; create view {VIEW} as select 1 as chain_id, 2 as nobody_knows")
    bare_warehouse.execute("create view api_v1.resting as select nobody_knows from api_v1.chains")
    bare_warehouse.build(select=[MODEL], command="run")
    columns = bare_warehouse.value(
        "select array_agg(attname::text order by attnum) from pg_attribute"
        f" where attrelid = '{VIEW}'::regclass and attnum > 0"
    )
    assert columns[:2] == ["chain_id", "chain_name"]
    assert bare_warehouse.value("select to_regclass('api_v1.resting')") is None


def test_a_table_in_the_place_of_a_view_gives_way(bare_warehouse: Warehouse) -> None:
    bare_warehouse.execute(f"drop view {VIEW}; create table {VIEW} (chain_id text)")
    bare_warehouse.build(select=[MODEL], command="run")
    assert bare_warehouse.value(f"select relkind::text from pg_class where oid = '{VIEW}'::regclass") == "v"


def test_a_view_that_rests_on_nothing_fails_with_its_name_and_stays_as_it_was(bare_warehouse: Warehouse) -> None:
    bare_warehouse.execute("alter table canonical.chains rename column chain_name to another")
    with pytest.raises(TransformError, match=MODEL):
        bare_warehouse.build(select=[MODEL], command="run")
    assert bare_warehouse.value(f"select to_regclass('{VIEW}') is not null")
