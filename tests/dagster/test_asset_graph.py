"""The graph itself: what is in it, and that it hangs together."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import yaml
from dagster import AssetKey, DailyPartitionsDefinition, DynamicPartitionsDefinition

from aurora.registry import load_registry
from aurora.registry.providers import SOLANA_APIS
from loaders.endpoints import ENDPOINTS

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from dagster import Definitions

_SNAPSHOT = Path(__file__).with_name("asset_keys.txt")


@pytest.fixture
def manifest(definitions: Definitions, variables: dict[str, str]) -> dict[str, Any]:
    content = (Path(variables["AURORA_HOME"]) / "dagster" / "dbt" / "manifest.json").read_bytes()
    parsed: dict[str, Any] = orjson.loads(content)
    return parsed


def _names(keys: Any) -> list[str]:
    return sorted("/".join(key.path) for key in keys)


def test_definitions_load_without_database_network_or_path(
    first_load: subprocess.CompletedProcess[str], variables: dict[str, str]
) -> None:
    assert first_load.returncode == 0, first_load.stderr
    assert int(first_load.stdout.split()[-1]) > len(ENDPOINTS)
    assert not (Path(variables["AURORA_HOME"]) / "pg").exists()


@pytest.mark.parametrize("change", ["none", "edit", "add", "remove", "project"])
def test_the_manifest_is_parsed_again_when_the_project_has_changed_and_only_then(change: str, tmp_path: Path) -> None:
    from dagster_defs.transform.manifest import is_current

    models = tmp_path / "models" / "canonical"
    models.mkdir(parents=True)
    files = [tmp_path / "dbt_project.yml", models / "periods.sql", models / "chains.sql"]
    for file in files:
        file.touch()
    for path in [*files, models, models.parent]:
        os.utime(path, (1000, 1000))
    manifest = tmp_path / "target" / "manifest.json"
    assert not is_current(manifest, project=tmp_path)
    manifest.parent.mkdir()
    manifest.touch()
    os.utime(manifest, (2000, 2000))

    if change == "edit":
        files[1].write_text("select 1")
    elif change == "add":
        (models / "providers.sql").touch()
    elif change == "remove":
        files[2].unlink()
    elif change == "project":
        files[0].write_text("name: aurora")

    assert is_current(manifest, project=tmp_path) == (change == "none")


def test_asset_keys_are_those_of_the_snapshot(definitions: Definitions) -> None:
    found = _names(definitions.resolve_asset_graph().get_all_asset_keys())
    expected = _SNAPSHOT.read_text().splitlines()
    assert found == expected, (
        f"new: {sorted(set(found) - set(expected))}, gone: {sorted(set(expected) - set(found))};"
        f" if that is meant, write it into {_SNAPSHOT.name}, sorted"
    )


def test_every_endpoint_of_the_loaders_is_an_asset(definitions: Definitions) -> None:
    keys = definitions.resolve_asset_graph().materializable_asset_keys
    assert {AssetKey([endpoint.schema, endpoint.name]) for endpoint in ENDPOINTS} <= keys


def test_every_dbt_source_is_what_a_load_makes_or_the_api_writes(
    definitions: Definitions, manifest: dict[str, Any]
) -> None:
    graph = definitions.resolve_asset_graph()
    sources = {AssetKey([source["source_name"], source["name"]]) for source in manifest["sources"].values()}
    of_the_api = {key for key in sources if key.path[0] == "app"}
    assert sources - of_the_api <= graph.materializable_asset_keys
    assert graph.external_asset_keys == of_the_api


def test_every_model_descends_from_what_was_loaded(definitions: Definitions, manifest: dict[str, Any]) -> None:
    graph = definitions.resolve_asset_graph()
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    roots = {key for key in graph.get_all_asset_keys() if not graph.get(key).parent_keys}
    assert len(models) > 0
    assert {key.path[-2] for key in roots} <= {*(endpoint.schema for endpoint in ENDPOINTS), "ops", "app"}
    pnl = AssetKey(["computation", "validator_pnl"])
    assert AssetKey(["staging_jito", "validator_rewards"]) in graph.get_ancestor_asset_keys(pnl)
    assert AssetKey(["staging_beacon_node", "attestation_rewards"]) in graph.get_ancestor_asset_keys(pnl)


def test_every_dbt_test_is_a_check(definitions: Definitions, manifest: dict[str, Any]) -> None:
    tests = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "test"}
    checks = {key.name for key in definitions.resolve_asset_graph().asset_check_keys}
    assert checks == {*tests, "finalized_pnl_is_complete", "payments_reach_their_owner", "providers_agree"}


def test_every_asset_has_a_group_an_owner_a_description_and_kinds(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.group_name != "default", key
        assert node.owners, key
        assert node.description, key
        assert node.kinds, key


def test_a_second_chain_of_the_kind_is_a_change_of_yaml_only(
    definitions: Definitions, variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dagster_defs.definitions import definitions as assemble

    chains = yaml.safe_load(Path(variables["AURORA_CHAINS_FILE"]).read_text())
    chains["chains"].append({**chains["chains"][0], "chain_id": "solana-testnet", "name": "Testnet", "validators": []})
    path = tmp_path / "chains.yaml"
    path.write_text(yaml.safe_dump(chains))
    monkeypatch.setenv("AURORA_CHAINS_FILE", str(path))

    found = assemble(load_registry())

    graph = found.resolve_asset_graph()
    fees = AssetKey(["computation", "validator_pnl"])
    block = AssetKey(["staging_solana_rpc", "get_block"])
    assert {block, block.with_prefix("solana-testnet")} <= graph.get_ancestor_asset_keys(fees)
    assert graph.get(block.with_prefix("solana-testnet")).partitions_def != graph.get(block).partitions_def
    assert {"load_and_transform_solana", "load_and_transform_solana_testnet"} <= {
        job.name for job in found.resolve_all_job_defs()
    }


def test_each_kind_of_chain_has_its_own_apis_and_periods(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    landed = {key: graph.get(key) for key in graph.materializable_asset_keys if key.path[0].startswith("staging_")}
    for key, node in landed.items():
        api = key.path[0].removeprefix("staging_")
        if api in SOLANA_APIS:
            assert isinstance(node.partitions_def, DynamicPartitionsDefinition), key
        elif api != "registry":
            assert isinstance(node.partitions_def, DailyPartitionsDefinition), key
    assert graph.get(AssetKey(["computation", "validator_pnl"])).partitions_def is None
    now = graph.get(AssetKey(["staging_beacon_node", "validators"])).description
    assert now is not None
    assert "every load lands it for the running day" in now


def test_days_begin_with_the_chain_and_end_with_the_running_one(definitions: Definitions) -> None:
    days = definitions.resolve_asset_graph().get(AssetKey(["staging_beacon_node", "blocks"])).partitions_def
    assert isinstance(days, DailyPartitionsDefinition)
    assert days.get_partition_keys(current_time=datetime(2020, 12, 3, 5, tzinfo=UTC)) == [
        "2020-12-01",
        "2020-12-02",
        "2020-12-03",
    ]


def test_a_chain_of_days_alone_shares_its_days_with_the_models(
    definitions: Definitions, variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dagster_defs.definitions import definitions as assemble

    for variable in ("AURORA_CHAINS_FILE", "AURORA_PROVIDERS_FILE"):
        content = yaml.safe_load(Path(variables[variable]).read_text())
        for name in ("chains", "mappings"):
            entries = content.get(name, [])
            content[name] = [entry for entry in entries if "ethereum" in (entry.get("chain_id"), entry.get("chain"))]
        path = tmp_path / Path(variables[variable]).name
        path.write_text(yaml.safe_dump({name: entries for name, entries in content.items() if entries}))
        monkeypatch.setenv(variable, str(path))

    graph = assemble(load_registry()).resolve_asset_graph()

    assert isinstance(graph.get(AssetKey(["computation", "validator_pnl"])).partitions_def, DailyPartitionsDefinition)
    assert AssetKey(["ops", "ingestion_runs"]) in graph.materializable_asset_keys
    assert AssetKey(["staging_jito", "validator_rewards"]) in graph.external_asset_keys
