"""What a load of an Ethereum chain asks and counts, and what it does where a provider allows less, or goes astray."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from aurora.errors import PeriodError, UnknownProviderError
from aurora.sandbox import SandboxServer, parse_faults
from loaders.load import LoadRequest, run_load
from tests.loaders.conftest import Rows
from tests.loaders.worlds import EXPLORER_ALONE, Entry, load, mapping, registry_with, run_of

pytestmark = pytest.mark.slow

FIRST, SECOND, RUNNING = 20260101, 20260102, 20260105


def break_with(network: SandboxServer, faults: str) -> None:
    for fault in parse_faults(faults):
        network.faults.add(fault)


def test_each_run_counts_its_own_requests_though_endpoints_are_asked_side_by_side(
    chain: SandboxServer, url: str, rows: Rows, tmp_path: Path
) -> None:
    break_with(chain, "http_500:route=rewards_list,count=3")
    report = load(registry_with(chain, tmp_path, mappings=EXPLORER_ALONE), url, FIRST, FIRST)
    sent = Counter[str]()
    for request in chain.log.latest():
        sent.update(request.routes)
    counted = Counter[str]()
    for run in report.runs:
        counted[run.endpoint.name] += run.requests
    assert counted == sent
    assert run_of(report, "rewards_list").retries == 3
    [written] = rows("select sum(requests) as requests, sum(retries) as retries from ops.ingestion_runs")
    assert (written["requests"], written["retries"]) == (sent.total(), 3)


def test_a_used_up_budget_ends_the_requests_and_not_the_rest_of_the_load(
    chain: SandboxServer, url: str, rows: Rows, tmp_path: Path
) -> None:
    registry = registry_with(
        chain,
        tmp_path,
        mappings=[
            mapping("FEES", "eth_rpc"),
            mapping("MEV", "mev_relay"),
            mapping("REWARDS", "beaconchain"),
            mapping("META", "beacon_node"),
        ],
        providers=lambda entries: entries["beaconchain"]["rate_limit"].update(monthly_budget=20),
    )
    report = load(registry, url, FIRST, FIRST)
    assert chain.log.http_requests("beaconchain") == 20
    run = run_of(report, "rewards_list")
    assert (run.status, run.error_type) == ("PARTIAL", "over_budget")
    assert "budget of 20 requests a month is used up" in (run.error_message or "")
    assert {failed.provider for failed in report.failed_runs} == {"beaconchain"}

    second = load(registry, url, SECOND, SECOND, providers=("beaconchain",))
    assert chain.log.http_requests("beaconchain") == 20
    assert {run.status for run in second.runs if run.provider == "beaconchain"} == {"FAILED"}


def test_how_many_validators_a_call_may_name_is_learned_from_the_refusal(
    chain: SandboxServer, url: str, rows: Rows, tmp_path: Path
) -> None:
    everyone = [one.public_key for one in chain.ethereum.world.validators.all][:50]

    def track_many(entry: Entry) -> None:
        listed = {validator["public_key"] for validator in entry["validators"]}
        entry["validators"] += [{"public_key": key} for key in everyone if key not in listed]

    report = load(registry_with(chain, tmp_path, mappings=EXPLORER_ALONE, chain=track_many), url, FIRST, FIRST)
    assert report.failed_runs == []
    requests = [json.loads(row["request"]) for row in rows("select request from staging_beaconchain.rewards_list")]
    named = [len(request["body"]["validator"]["validator_identifiers"]) for request in requests]
    assert max(named) == 20
    refused = [request for request in chain.log.latest() if request.status == 403]
    # Learned once, by the first call of the load that names too many.
    assert len(refused) == 1
    assert len({request["body"]["epoch"] for request in requests}) == len(chain.ethereum.world.calendar.epochs(FIRST))


@pytest.mark.parametrize("fault", ["cursor_loop", "duplicated_page"])
def test_pages_that_go_round_in_a_circle_end_with_a_failure(
    fault: str, chain: SandboxServer, url: str, tmp_path: Path
) -> None:
    break_with(chain, f"{fault}:provider=beaconchain,route=proposal_slots")
    report = load(registry_with(chain, tmp_path, mappings=EXPLORER_ALONE), url, FIRST, FIRST, data_types=("FEES",))
    run = run_of(report, "proposal_slots")
    assert run.status == "PARTIAL"
    assert "in a circle" in (run.error_message or "")
    assert run.requests < 60


def test_relays_are_told_apart_and_one_that_is_down_matters_only_where_no_other_delivered(
    chain: SandboxServer, url: str, rows: Rows, tmp_path: Path
) -> None:
    registry = registry_with(chain, tmp_path)
    assert load(registry, url, FIRST, FIRST).failed_runs == []
    asked = [
        json.loads(row["request"]) for row in rows("select request from staging_mev_relay.proposer_payload_delivered")
    ]
    assert {request["host"] for request in asked} == set(chain.relay_urls)
    slots = {request["params"]["slot"] for request in asked}
    assert len(asked) == len(slots) * len(chain.relay_urls)

    def one_is_gone(entries: dict[str, Entry]) -> None:
        entries["mev_relay"]["base_urls"] = ["http://127.0.0.1:1", *chain.relay_urls[1:]]
        entries["mev_relay"]["retry"] = {"attempts": 1, "budget_seconds": 5}

    broken = registry_with(chain, tmp_path, providers=one_is_gone, without=("AURORA_MEV_RELAY_URL",))
    report = load(broken, url, SECOND, SECOND, data_types=("MEV",))
    run = run_of(report, "proposer_payload_delivered")
    assert run.status == "PARTIAL"
    # The fallback's word is asked for, since some slot was listed by nobody.
    assert run_of(report, "block_rewards").records_fetched > 0

    # Asked again with all of them, nobody needs the fallback.
    whole = load(registry, url, SECOND, SECOND, data_types=("MEV",))
    assert "block_rewards" not in {run.endpoint.name for run in whole.runs if run.provider == "beaconchain"}


def test_a_slot_without_a_block_is_an_answer_that_lands(
    chain: SandboxServer, url: str, rows: Rows, tmp_path: Path
) -> None:
    chain.ethereum.switches.duties = False
    registry = registry_with(chain, tmp_path)
    report = load(registry, url, FIRST, FIRST, data_types=("FEES",), providers=("eth_rpc",))
    assert report.failed_runs == []
    slots = chain.ethereum.world.calendar.slots(FIRST)
    found = rows(
        "select http_status, count(*) as slots from staging_beacon_node.headers where period_id = %s"
        " group by http_status order by http_status",
        FIRST,
    )
    produced = sum(chain.ethereum.world.is_produced(slot) for slot in slots)
    assert [(row["http_status"], row["slots"]) for row in found] == [(200, produced), (404, len(slots) - produced)]


def test_rewards_are_asked_of_a_refusing_node_a_few_times_and_not_for_every_epoch(
    chain: SandboxServer, url: str, tmp_path: Path
) -> None:
    chain.ethereum.switches.rewards = False
    registry = registry_with(chain, tmp_path)
    report = load(registry, url, FIRST, SECOND, data_types=("REWARDS",), providers=("beacon_node",))
    concurrency = registry.provider("beacon_node").rate_limit.concurrency
    assert run_of(report, "attestation_rewards").requests <= concurrency
    assert run_of(report, "day_blocks").records_fetched > 0


def test_a_future_day_a_day_before_genesis_and_one_not_final_are_refused(
    chain: SandboxServer, url: str, tmp_path: Path
) -> None:
    registry = registry_with(chain, tmp_path, mappings=EXPLORER_ALONE)
    with pytest.raises(PeriodError, match=r"in the future.*20260105"):
        load(registry, url, FIRST, 20260106)
    with pytest.raises(PeriodError, match="before ethereum began"):
        load(registry, url, 20190101, 20190101)
    with pytest.raises(PeriodError, match="not finalized"):
        load(registry, url, FIRST, RUNNING, finalized_only=True)


def test_the_latest_days_are_those_that_are_final(chain: SandboxServer, url: str, tmp_path: Path) -> None:
    registry = registry_with(chain, tmp_path, mappings=EXPLORER_ALONE)
    report = run_load(registry, url, LoadRequest("ethereum", latest=2, data_types=("FEES",)))
    assert (report.periods.first, report.periods.last) == (20260103, 20260104)
    # Just after midnight the day before is not final yet.
    chain.ethereum.clock.move_to(RUNNING, slot_index=40)
    report = run_load(registry, url, LoadRequest("ethereum", latest=1, data_types=("FEES",)))
    assert report.periods.last == 20260103


def test_all_validators_of_a_chain_of_days_are_refused_in_one_line(
    chain: SandboxServer, url: str, tmp_path: Path
) -> None:
    registry = registry_with(chain, tmp_path, chain=lambda entry: entry.update(validators="all"))
    with pytest.raises(UnknownProviderError, match="validators: all cannot be loaded") as caught:
        load(registry, url, FIRST, FIRST)
    assert "\n" not in str(caught.value)
