"""The rules of the dbt project, held against it as parsed: layers, descriptions, keys, names (STYLE.md, Rules)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from loaders.endpoints import ENDPOINTS, REJECTED
from tests.architecture.conftest import Project

LAYERS = ("staging", "intermediate", "canonical", "computation", "api_v1")
CONTRACTED = {"canonical", "computation", "api_v1"}
MAY_REF = {
    "staging": set[str](),
    "intermediate": {"staging", "intermediate", "canonical"},
    "canonical": {"staging", "intermediate", "canonical"},
    "computation": {"intermediate", "canonical", "computation"},
    "api_v1": {"canonical", "computation"},
}
GRAIN = re.compile(r"One row (per|each|for) \S")

# Key columns that may be null, with the reason.
NULL_IN_KEY = {
    # Fees of identities that no snapshot knows: kept, so that the epoch's blocks add up, and credited to nobody.
    ("int_solana__unscheduled_fees", "validator_key"),
}

UNIT_TEST_NAME = 63
"""dbt makes a relation of a unit test's name, and Postgres cuts longer ones off."""


def layer_of(node: Any) -> str:
    return str(node.fqn[1])


def _columns(project: Project) -> Iterator[tuple[Any, Any]]:
    for model in project.models:
        for column in model.columns.values():
            yield model, column


def _type(column: Any) -> str:
    kind = (column.data_type or "").lower().replace(" ", "")
    return {"timestampwithtimezone": "timestamptz", "int": "integer"}.get(kind, kind)


def test_the_project_parses_without_a_warning(project: Project) -> None:
    assert project.warnings == []


def test_every_model_lies_in_a_layer_beside_its_yaml(project: Project) -> None:
    wrong = []
    for model in project.models:
        path = PurePosixPath(model.original_file_path)
        yaml = PurePosixPath((model.patch_path or "").partition("://")[2])
        if layer_of(model) not in LAYERS or path.stem != model.name or yaml != path.with_suffix(".yml"):
            wrong.append(f"{path} ({yaml})")
    assert wrong == []


def test_names_say_the_layer(project: Project) -> None:
    prefix = {"staging": "stg_", "intermediate": "int_", "api_v1": "api_v1__"}
    wrong = [
        model.name
        for model in project.models
        if not model.name.startswith(prefix.get(layer_of(model), ""))
        or (layer_of(model) == "staging" and not model.name.startswith(f"stg_{model.fqn[2]}__"))
    ]
    assert wrong == []


def test_staging_reads_one_source_and_nobody_else_reads_any(project: Project) -> None:
    wrong = []
    for model in project.models:
        sources = {name for name in model.depends_on.nodes if name.startswith("source.")}
        expected = 1 if layer_of(model) == "staging" else 0
        if len(sources) != expected:
            wrong.append(f"{model.name} reads {sorted(sources) or 'no source'}")
    assert wrong == []


def test_a_model_refers_to_its_own_layer_or_those_it_may(project: Project) -> None:
    wrong = []
    for model in project.models:
        for unique_id in model.depends_on.nodes:
            if not unique_id.startswith("model."):
                continue
            parent = project.manifest.nodes[unique_id]
            # What the API records of agreements reaches computation through one staging model a table.
            is_app = layer_of(model) == "computation" and parent.name.startswith("stg_app__")
            if layer_of(parent) not in MAY_REF[layer_of(model)] and not is_app:
                wrong.append(f"{model.name} ({layer_of(model)}) refers to {parent.name} ({layer_of(parent)})")
    assert wrong == []


def test_every_model_states_its_grain_first(project: Project) -> None:
    wrong = [model.name for model in project.models if not GRAIN.match(model.description)]
    assert wrong == []


def test_every_source_table_states_its_grain_first(project: Project) -> None:
    wrong = [f"{table.source_name}.{table.name}" for table in project.sources if not GRAIN.match(table.description)]
    assert wrong == []


def test_every_model_lists_columns(project: Project) -> None:
    assert [model.name for model in project.models if not model.columns] == []


def test_every_column_is_described_and_typed(project: Project) -> None:
    wrong = [
        f"{model.name}.{column.name}"
        for model, column in _columns(project)
        if not column.description.strip() or not column.data_type
    ]
    assert wrong == []


def test_every_model_has_a_tested_key(project: Project) -> None:
    wrong = []
    for model in project.models:
        keys = [test.test_metadata.kwargs for test in project.tests_on(model) if test.test_metadata.name == "keeps"]
        nullable = {(model.name, column) for key in keys for column in key.get("nullable_key", [])}
        if len(keys) != 1 or not keys[0]["primary_key"] or not nullable <= NULL_IN_KEY:
            wrong.append(f"{model.name}: {keys or 'no key'}")
    assert wrong == []


def test_every_exception_to_a_key_is_still_one(project: Project) -> None:
    excepted = {
        (model.name, column)
        for model in project.models
        for test in project.tests_on(model)
        if test.test_metadata.name == "keeps"
        for column in test.test_metadata.kwargs.get("nullable_key", [])
    }
    columns = {(model.name, column.name) for model, column in _columns(project)}
    assert excepted == NULL_IN_KEY
    assert columns >= NULL_IN_KEY


def test_what_people_query_is_under_contract(project: Project) -> None:
    wrong = [
        model.name for model in project.models if layer_of(model) in CONTRACTED and not model.config.contract.enforced
    ]
    assert wrong == []


def test_columns_bear_names_that_say_what_they_hold(project: Project) -> None:
    wrong = [
        f"{model.name}.{column.name}"
        for model, column in _columns(project)
        if column.name in {"amount", "value", "data"} or not re.fullmatch(r"[a-z][a-z0-9_]*", column.name)
    ]
    assert wrong == []


def test_a_columns_name_fixes_its_type(project: Project) -> None:
    rules: list[tuple[str, set[str]]] = [
        (r"_native$", {"numeric(38,18)"}),
        (r"_(lamports|wei|base_units)$", {"numeric(38,0)"}),
        (r"_bps$", {"integer", "bigint"}),
        (r"^(is|has)_", {"boolean"}),
        (r"_at$", {"timestamptz"}),
        (r"_date$", {"date"}),
        (r"^period_id$|_period$", {"bigint"}),
        (r"^(chain_id|validator_key|staker_key|provider)$|_pubkey$", {"text"}),
    ]
    wrong = [
        f"{model.name}.{column.name} is {column.data_type}"
        for model, column in _columns(project)
        for pattern, kinds in rules
        if re.search(pattern, column.name) and _type(column) not in kinds
    ]
    assert wrong == []


def test_no_column_is_a_float(project: Project) -> None:
    floats = {"real", "float", "float4", "float8", "doubleprecision", "money"}
    wrong = [f"{model.name}.{column.name}" for model, column in _columns(project) if _type(column) in floats]
    assert wrong == []


def test_a_validator_is_named_with_its_chain(project: Project) -> None:
    wrong = [
        model.name for model in project.models if "validator_key" in model.columns and "chain_id" not in model.columns
    ]
    assert wrong == []


def test_unit_tests_are_named_for_model_and_rule(project: Project) -> None:
    wrong = [
        test.name
        for test in project.unit_tests
        if not re.fullmatch(rf"{re.escape(test.model)}__[a-z0-9_]+", test.name) or len(test.name) > UNIT_TEST_NAME
    ]
    assert wrong == []


def test_every_endpoint_that_lands_is_a_source(project: Project) -> None:
    sources = {f"{table.schema}.{table.name}" for table in project.sources}
    assert {endpoint.table for endpoint in ENDPOINTS} - sources == set()


def test_every_staging_source_is_an_endpoint_that_lands(project: Project) -> None:
    landed = {endpoint.table for endpoint in ENDPOINTS} | {f"{endpoint.schema}.{REJECTED}" for endpoint in ENDPOINTS}
    sources = {f"{table.schema}.{table.name}" for table in project.sources if table.schema.startswith("staging_")}
    assert sources - landed == set()
