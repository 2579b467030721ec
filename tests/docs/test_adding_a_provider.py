"""The page about adding a provider, followed: what it names is there, and its YAML alone makes a provider serve."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from aurora.registry import read_registry
from aurora.sandbox import SandboxServer, url_overrides, write_registry
from aurora.sandbox.ethereum.scale import ETHEREUM_QUICK
from aurora.settings import PROJECT_ROOT
from loaders.completeness import _SAYS_SO
from loaders.endpoints import APIS, ENDPOINTS
from loaders.reach import _REACH
from loaders.session import ProviderSession
from tests.ethereum_worlds import load_days
from tests.worlds import Warehouse

PAGE = (PROJECT_ROOT / "docs/adding-a-provider.md").read_text(encoding="utf-8")
SPANS = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))


def test_every_file_and_folder_that_the_page_names_is_there() -> None:
    named = [span for span in SPANS if re.fullmatch(r"[a-z_./-]+/[A-Za-z_.-]+", span)]
    assert len(named) >= 15
    assert [name for name in named if not (PROJECT_ROOT / name).exists()] == []


def test_every_name_is_defined_in_the_file_that_the_page_gives_for_it() -> None:
    named = re.findall(r"`(\w+)` in\s+`([\w/.]+\.py)`", PAGE)
    assert len(named) >= 8
    absent = [
        f"{name} in {path}"
        for name, path in named
        if not re.search(
            rf"^(?:(?:async )?def {name}\(|class {name}\b|{name}(?:: [^=]+)? = )",
            (PROJECT_ROOT / path).read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    ]
    assert absent == []


def test_every_method_and_table_that_the_page_names_is_there() -> None:
    methods = [span.removeprefix("ProviderSession.") for span in SPANS if span.startswith("ProviderSession.")]
    assert len(methods) >= 4
    assert [name for name in methods if not callable(getattr(ProviderSession, name, None))] == []
    tables = {span for span in SPANS if re.fullmatch(r"staging_\w+\.\w+", span)}
    assert tables
    assert tables - {endpoint.table for endpoint in ENDPOINTS} == set()


def test_every_api_of_the_catalogue_has_its_question_and_its_proof_of_having_asked() -> None:
    provided = set(APIS) - {"registry"}
    assert set(_REACH) == provided
    assert {api for api, _ in _SAYS_SO} <= provided
    listed = {(endpoint.api, endpoint.name) for endpoint in ENDPOINTS}
    assert {(api, name) for (api, _), name in _SAYS_SO.items()} <= listed


@pytest.mark.slow
def test_the_yaml_of_the_page_alone_makes_a_provider_serve(tmp_path: Path, empty_warehouse: Warehouse) -> None:
    [block] = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    added = yaml.safe_load(block)
    with SandboxServer(scale="demo", seed=1, ethereum_scale=ETHEREUM_QUICK) as network:
        chains, providers = write_registry(tmp_path, network, chains=("ethereum",))
        document = yaml.safe_load(providers.read_text())
        document["providers"] += added["providers"]
        document["mappings"] += added["mappings"]
        providers.write_text(yaml.safe_dump(document))
        environment = {**url_overrides(network), "AURORA_PAID_NODE_URL": network.urls["beacon_node"]}
        registry = read_registry(chains, providers, environment=environment)
        report = load_days(empty_warehouse, registry, 20260102, 20260102, data_types=("REWARDS",))
        assert report.failed_runs == []
        empty_warehouse.build(registry, select=["+validator_rewards"], command="run")
    served = empty_warehouse.rows("select distinct source_provider, method from canonical.validator_rewards")
    assert [(row["source_provider"], row["method"]) for row in served] == [("paid_node", "DUTY")]
