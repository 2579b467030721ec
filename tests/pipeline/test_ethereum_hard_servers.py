"""Ethereum's providers in trouble, over real HTTP: what heals lands the same payloads, what does not says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aurora.registry import Registry
from aurora.sandbox import SandboxServer, parse_faults
from aurora.sandbox.ethereum.scale import ETHEREUM_QUICK
from tests.ethereum_worlds import ethereum_registry, load_days, mapped
from tests.postgres import PostgresServer
from tests.worlds import Warehouse

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

pytestmark = pytest.mark.slow

DAY = 20260102


@pytest.fixture(scope="module")
def network() -> Iterator[SandboxServer]:
    with SandboxServer(scale="demo", seed=1, ethereum_scale=ETHEREUM_QUICK) as running:
        yield running


@pytest.fixture(scope="module")
def both(network: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Everybody is asked: the nodes and relays serve, beaconcha.in is compared with them."""
    compared = [{**mapping, "role": "reconcile", "priority": 9} for mapping in mapped(**_explorer())]
    return ethereum_registry(network, tmp_path_factory.mktemp("both"), mappings=[*mapped(), *compared])


@pytest.fixture(scope="module")
def clean_payloads(
    network: SandboxServer,
    both: Registry,
    server: PostgresServer,
    manifest: Manifest,
    dbt_target: Path,
    database_names: Callable[[str], str],
) -> set[str]:
    """What an untroubled load of the day lands."""
    warehouse = Warehouse(server.create(database_names("clean")), manifest, dbt_target)
    assert load_days(warehouse, both, DAY, DAY).failed_runs == []
    return warehouse.payload_ids()


@pytest.fixture(autouse=True)
def no_faults(network: SandboxServer) -> Iterator[None]:
    yield
    network.faults.clear()


@pytest.mark.parametrize(
    "faults",
    [
        # Each provider is its own: several troubles at once do not meet.
        "http_429:provider=beaconchain,count=2,seconds=1;http_429:provider=beacon_node,count=4;"
        "http_429:provider=mev_relay,count=3,html=true;slow:provider=eth_rpc,count=1,seconds=1",
        "http_500:provider=beacon_node,count=4;http_503:provider=mev_relay,count=3;"
        "html_200:provider=beaconchain,route=block_rewards,count=1;batch_refused:provider=eth_rpc",
        "cut:provider=beacon_node,count=3;cut:provider=eth_rpc,count=1;"
        "wrong_content_type:provider=mev_relay;clock_skew:provider=beaconchain,seconds=-86400",
        "truncated:provider=beacon_node,route=attestation_rewards,count=1;"
        "rpc_error:provider=eth_rpc,route=eth_getBlockReceipts,code=-32005,count=2;"
        "truncated:provider=mev_relay,count=1;wrong_content_type:provider=beaconchain",
    ],
)
def test_what_heals_lands_the_same_payloads(
    faults: str, network: SandboxServer, both: Registry, empty_warehouse: Warehouse, clean_payloads: set[str]
) -> None:
    for fault in parse_faults(faults):
        network.faults.add(fault)
    report = load_days(empty_warehouse, both, DAY, DAY)
    assert [(run.endpoint.name, run.error_message) for run in report.failed_runs] == []
    assert empty_warehouse.payload_ids() == clean_payloads


@pytest.mark.parametrize(
    "troubles",
    [
        # Each provider is its own: one load meets them all, and each says why.
        {
            "redirect:provider=beacon_node,route=attestation_rewards": ("attestation_rewards", "not followed"),
            "dead_key:provider=beaconchain,route=rewards_list": ("rewards_list", "key is no longer valid"),
            "truncated:provider=eth_rpc,route=eth_getBlockReceipts": ("get_block_receipts", "JSON"),
            "http_403:provider=mev_relay,contains=relay_1": ("proposer_payload_delivered", "answered 403"),
        },
        {
            "reward_like_balance:provider=beacon_node,route=block_rewards": ("block_rewards", "size of a balance"),
            "cursor_loop:provider=beaconchain,route=proposal_slots": ("proposal_slots", "circle"),
            "http_500:provider=eth_rpc,route=eth_getBlockReceipts": ("get_block_receipts", "answered 500"),
        },
    ],
)
def test_what_does_not_heal_says_why_and_the_rest_of_the_load_is_done(
    troubles: dict[str, tuple[str, str]],
    network: SandboxServer,
    both: Registry,
    empty_warehouse: Warehouse,
    clean_payloads: set[str],
) -> None:
    for fault in parse_faults(";".join(troubles)):
        network.faults.add(fault)
    report = load_days(empty_warehouse, both, DAY, DAY)
    failed = {run.endpoint.name: run for run in report.failed_runs}
    for endpoint, reason in troubles.values():
        assert endpoint in failed
        assert failed[endpoint].status in ("PARTIAL", "FAILED")
        assert reason in (failed[endpoint].error_message or "")
    assert len(empty_warehouse.payload_ids() & clean_payloads) > len(clean_payloads) // 4


def test_how_many_validators_a_call_may_name_is_learned_from_the_refusal(
    network: SandboxServer, empty_warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aurora.sandbox.ethereum.beaconchain._MOST_IDENTIFIERS", 5)
    explorer = ethereum_registry(network, tmp_path, mappings=mapped(**_explorer()))
    report = load_days(empty_warehouse, explorer, DAY, DAY, data_types=("REWARDS",))
    assert report.failed_runs == []
    named = empty_warehouse.value(
        "select max(jsonb_array_length(request::jsonb #> '{body,validator,validator_identifiers}'))"
        " from staging_beaconchain.rewards_list"
    )
    assert named == 5


def _explorer() -> dict[str, str]:
    return dict.fromkeys(("FEES", "MEV", "REWARDS", "META"), "beaconchain")
