"""What a load does where nobody shows the validators' indexes, and where a limit is learned late."""

from __future__ import annotations

from pathlib import Path

import pytest

from aurora.sandbox import SandboxServer, parse_faults
from tests.loaders.conftest import Rows
from tests.loaders.worlds import Entry, load, registry_with, run_of

pytestmark = pytest.mark.slow

FIRST = 20260101
_BLOCKS = "select count(*) as blocks from staging_eth_rpc.get_block_by_number"


def test_headers_find_the_blocks_of_validators_that_the_registry_lists_without_an_index(
    chain: SandboxServer, url: str, rows: Rows, tmp_path: Path
) -> None:
    chain.ethereum.switches.duties = False
    registry = registry_with(chain, tmp_path)
    keys = {one.public_key for one in registry.chain("ethereum").validators}
    world = chain.ethereum.world
    indexes = {one.index for one in world.validators.all if one.public_key in keys}
    produced = [slot for slot in world.calendar.slots(FIRST) if world.is_produced(slot)]
    expected = sum(world.validators.all[world.production_of(slot).proposer(slot)].index in indexes for slot in produced)
    report = load(registry, url, FIRST, FIRST, data_types=("FEES",), providers=("eth_rpc",))
    assert report.failed_runs == []
    assert rows(_BLOCKS) == [{"blocks": expected}]


def test_a_day_is_not_told_by_headers_where_nobody_says_who_the_validators_are(
    chain: SandboxServer, url: str, tmp_path: Path
) -> None:
    chain.ethereum.switches.duties = False
    for fault in parse_faults("http_403:provider=beacon_node,route=validators;http_403:provider=beaconchain"):
        chain.faults.add(fault)
    report = load(registry_with(chain, tmp_path), url, FIRST, FIRST, data_types=("FEES",), providers=("eth_rpc",))
    assert run_of(report, "headers").status == "FAILED"
    assert "nobody says which slots" in (run_of(report, "get_block_by_number").error_message or "")


def test_a_fallback_learns_how_many_validators_a_call_may_name_by_a_few_refusals_and_not_one_an_epoch(
    chain: SandboxServer, url: str, tmp_path: Path
) -> None:
    chain.ethereum.switches.rewards = False
    everyone = [one.public_key for one in chain.ethereum.world.validators.all][:50]

    def track_many(entry: Entry) -> None:
        listed = {validator["public_key"] for validator in entry["validators"]}
        entry["validators"] += [{"public_key": key} for key in everyone if key not in listed]

    def one_at_a_time(entries: dict[str, Entry]) -> None:
        entries["beaconchain"]["rate_limit"]["concurrency"] = 1

    registry = registry_with(chain, tmp_path, chain=track_many, providers=one_at_a_time)
    report = load(registry, url, FIRST, FIRST, data_types=("REWARDS",))
    assert run_of(report, "rewards_list").status == "SUCCESS"
    assert sum(request.status == 403 for request in chain.log.latest()) == 1
