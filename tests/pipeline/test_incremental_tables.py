"""What an incremental build does with the table that is there: other columns stop it, other comments are renewed."""

from __future__ import annotations

import pytest

from aurora.errors import TransformError
from tests.worlds import Warehouse

pytestmark = pytest.mark.slow

MODEL = "validator_fees"


def test_other_columns_stop_the_build_and_leave_the_table_as_it_was(fresh_world: Warehouse) -> None:
    # Every period is in its scope, so that there are rows to take in.
    fresh_world.execute("update ops.model_watermark set tested_through = '0' where model = %s", f"canonical.{MODEL}")
    before = fresh_world.rows(f"select * from canonical.{MODEL} order by chain_id, period_id, validator_key")
    fresh_world.execute(f"alter table canonical.{MODEL} rename column fee_count to fees")
    with pytest.raises(TransformError) as refused:
        fresh_world.build(select=[MODEL], command="run")
    for said in (
        f"the columns of canonical.{MODEL} changed",
        "fee_count is bigint in the model and not there in the table",
        "fees is not there in the model and bigint in the table",
        f"aurora transform --full-refresh --select {MODEL}+",
    ):
        assert said in str(refused.value)

    fresh_world.execute(f"alter table canonical.{MODEL} rename column fees to fee_count")
    fresh_world.execute(f"alter table canonical.{MODEL} alter column fee_count type integer")
    with pytest.raises(TransformError, match="fee_count is bigint in the model and integer in the table"):
        fresh_world.build(select=[MODEL], command="run")

    # Columns go by their names, not by their places.
    fresh_world.execute(f"alter table canonical.{MODEL} drop column fee_count")
    fresh_world.execute(f"alter table canonical.{MODEL} add column fee_count bigint")
    fresh_world.build(select=[MODEL], command="run")
    after = fresh_world.rows(f"select * from canonical.{MODEL} order by chain_id, period_id, validator_key")
    assert sum(row["fee_count"] or 0 for row in after) > 0
    assert after == before


def test_descriptions_that_changed_become_the_comments_of_the_table(fresh_world: Warehouse) -> None:
    comments = (
        "select attribute.attname::text as name, description.description, description.xmin::text as written_by"
        " from pg_description as description left join pg_attribute as attribute on attribute.attrelid ="
        f" description.objoid and attribute.attnum = description.objsubid and attribute.attnum > 0 where"
        f" description.objoid = 'canonical.{MODEL}'::regclass and description.classoid = 'pg_class'::regclass"
    )
    built = {row["name"]: row for row in fresh_world.rows(comments)}
    assert {"fee_count", None} <= set(built)
    fresh_world.execute(f"comment on table canonical.{MODEL} is 'an older one'")
    fresh_world.execute(f"comment on column canonical.{MODEL}.fee_count is null")
    fresh_world.build(select=[MODEL], command="run")
    renewed = {row["name"]: row for row in fresh_world.rows(comments)}
    assert {name: row["description"] for name, row in renewed.items()} == {
        name: row["description"] for name, row in built.items()
    }
    # What is right already is not written again.
    written = {name for name in built if renewed[name]["written_by"] != built[name]["written_by"]}
    assert written == {None, "fee_count"}
