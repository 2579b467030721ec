"""What the YAML says of columns, held against the built tables: a description of a column that is gone misleads."""

from __future__ import annotations

import pytest

from tests.architecture.conftest import Project
from tests.worlds import World

pytestmark = pytest.mark.slow

_COLUMNS = """
    select
        relation.relname as relation_name,
        namespace.nspname as schema_name,
        attribute.attname as column_name,
        format_type(attribute.atttypid, attribute.atttypmod) as data_type
    from pg_attribute as attribute
    inner join pg_class as relation on attribute.attrelid = relation.oid
    inner join pg_namespace as namespace on relation.relnamespace = namespace.oid
    where relation.relkind in ('r', 'v') and attribute.attnum > 0 and not attribute.attisdropped
    order by attribute.attnum
"""

_SYNONYMS = {"timestamptz": "timestamp with time zone", "int": "integer"}


def test_the_documented_columns_are_the_built_ones_in_order_and_type(project: Project, world: World) -> None:
    built: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row in world.warehouse.rows(_COLUMNS):
        table = (row["schema_name"], row["relation_name"])
        built.setdefault(table, []).append((row["column_name"], _plain(row["data_type"])))

    wrong: dict[str, object] = {}
    for model in project.models:
        documented = [(column.name, _plain(column.data_type or "")) for column in model.columns.values()]
        actual = built.get((model.schema, model.alias), [])
        if model.config.materialized == "view":
            # Postgres shows a view's column as it is computed: numeric, where the contract promises numeric(38,18).
            documented = [(name, _unscaled(kind)) for name, kind in documented]
            actual = [(name, _unscaled(kind)) for name, kind in actual]
        if documented != actual:
            wrong[model.name] = sorted(set(documented) ^ set(actual)) or "in another order"
    assert wrong == {}


def _plain(kind: str) -> str:
    return _SYNONYMS.get(kind, kind).replace(" ", "").lower()


def _unscaled(kind: str) -> str:
    return kind.partition("(")[0]
