"""A backfill goes on where it stopped: what was answered in full is not asked again, and what is in doubt is."""

from __future__ import annotations

from pathlib import Path

import pytest

from aurora.periods import PeriodRange
from aurora.sandbox import SandboxServer, parse_faults
from loaders.load import LoadReport
from tests.loaders.conftest import Rows
from tests.loaders.worlds import EXPLORER_ALONE, Entry, load, mapping, registry_with

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD, LAST, RUNNING = 20260101, 20260102, 20260103, 20260104, 20260105


def asked_about(report: LoadReport) -> set[PeriodRange]:
    return {PeriodRange(run.period_from, run.period_to) for run in report.runs if not run.endpoint.is_present_view}


def test_complete_days_are_skipped_and_the_running_one_never_is(chain: SandboxServer, url: str, tmp_path: Path) -> None:
    registry = registry_with(chain, tmp_path, mappings=EXPLORER_ALONE)
    load(registry, url, SECOND, SECOND)
    report = load(registry, url, FIRST, RUNNING, missing_only=True)
    assert asked_about(report) == {PeriodRange(FIRST, FIRST), PeriodRange(THIRD, RUNNING)}
    assert report.complete_periods == 1
    again = load(registry, url, FIRST, RUNNING, missing_only=True)
    assert asked_about(again) == {PeriodRange(RUNNING, RUNNING)}
    assert again.complete_periods == 4
    whole = load(registry, url, FIRST, FIRST)
    assert asked_about(whole) == {PeriodRange(FIRST, FIRST)}


def test_a_day_that_was_loaded_while_it_ran_is_asked_again_once_it_is_final(
    chain: SandboxServer, url: str, tmp_path: Path
) -> None:
    registry = registry_with(chain, tmp_path, mappings=EXPLORER_ALONE)
    chain.ethereum.clock.move_to(THIRD)
    assert load(registry, url, THIRD, THIRD).failed_runs == []
    chain.ethereum.clock.move_to(RUNNING)
    assert load(registry, url, THIRD, THIRD, missing_only=True).complete_periods == 0
    assert load(registry, url, THIRD, THIRD, missing_only=True).complete_periods == 1


def test_only_the_day_with_an_open_question_is_asked_again(chain: SandboxServer, url: str, tmp_path: Path) -> None:
    registry = registry_with(chain, tmp_path, mappings=EXPLORER_ALONE)
    epoch = chain.ethereum.world.calendar.epochs(THIRD)[1]
    for fault in parse_faults(f'http_500:route=rewards_list,contains="epoch":{epoch}'):
        chain.faults.add(fault)
    assert [run.endpoint.name for run in load(registry, url, FIRST, LAST).failed_runs] == ["rewards_list"]
    chain.faults.clear()
    report = load(registry, url, FIRST, LAST, missing_only=True)
    assert asked_about(report) == {PeriodRange(THIRD, THIRD)}
    assert report.failed_runs == []
    assert load(registry, url, FIRST, LAST, missing_only=True).complete_periods == 4


def test_a_load_of_one_data_type_makes_no_day_complete_for_the_others(
    chain: SandboxServer, url: str, tmp_path: Path
) -> None:
    registry = registry_with(chain, tmp_path, mappings=EXPLORER_ALONE)
    load(registry, url, FIRST, FIRST, data_types=("REWARDS",))
    assert load(registry, url, FIRST, FIRST, data_types=("FEES",), missing_only=True).complete_periods == 0
    assert load(registry, url, FIRST, FIRST, data_types=("REWARDS",), missing_only=True).complete_periods == 1
    assert load(registry, url, FIRST, FIRST, missing_only=True).complete_periods == 1


def test_a_validator_added_since_opens_the_days_and_a_new_label_does_not(
    chain: SandboxServer, url: str, tmp_path: Path
) -> None:
    def without_the_last(entry: Entry) -> None:
        entry["validators"].pop()

    def with_other_label(entry: Entry) -> None:
        entry["validators"].pop()
        entry["validators"][0]["label"] = "Another"

    load(registry_with(chain, tmp_path, mappings=EXPLORER_ALONE, chain=without_the_last), url, FIRST, FIRST)
    relabelled = registry_with(chain, tmp_path, mappings=EXPLORER_ALONE, chain=with_other_label)
    assert load(relabelled, url, FIRST, FIRST, missing_only=True).complete_periods == 1
    grown = registry_with(chain, tmp_path, mappings=EXPLORER_ALONE)
    assert load(grown, url, FIRST, FIRST, missing_only=True).complete_periods == 0
    assert load(grown, url, FIRST, FIRST, missing_only=True).complete_periods == 1


def test_a_fallback_that_answered_does_not_stand_for_the_primary(
    chain: SandboxServer, url: str, tmp_path: Path
) -> None:
    registry = registry_with(
        chain,
        tmp_path,
        mappings=[mapping("REWARDS", "beacon_node"), mapping("REWARDS", "beaconchain", "fallback", 2)],
    )
    for fault in parse_faults("http_500:provider=beacon_node,route=attestation_rewards"):
        chain.faults.add(fault)
    report = load(registry, url, FIRST, FIRST, data_types=("REWARDS",))
    assert {run.provider for run in report.runs if run.endpoint.name == "rewards_list"} == {"beaconchain"}
    chain.faults.clear()
    again = load(registry, url, FIRST, FIRST, data_types=("REWARDS",), missing_only=True)
    assert again.complete_periods == 0
    assert {run.provider for run in again.runs} == {"beacon_node"}
    assert load(registry, url, FIRST, FIRST, data_types=("REWARDS",), missing_only=True).complete_periods == 1


def test_days_before_a_load_broke_off_stay_complete(chain: SandboxServer, url: str, rows: Rows, tmp_path: Path) -> None:
    registry = registry_with(
        chain,
        tmp_path,
        mappings=EXPLORER_ALONE,
        providers=lambda entries: entries["beaconchain"]["rate_limit"].update(monthly_budget=200),
    )
    report = load(registry, url, FIRST, LAST)
    [first_failed] = [run for run in report.failed_runs if run.endpoint.name == "rewards_list"]
    assert "budget of 200 requests a month" in (first_failed.error_message or "")
    complete = rows(
        "select period_id from ops.asked_periods group by period_id having bool_and(is_answered) order by period_id"
    )
    assert 0 < len(complete) < 4
    rested = registry_with(chain, tmp_path, mappings=EXPLORER_ALONE)
    resumed = load(rested, url, FIRST, LAST, missing_only=True)
    assert resumed.failed_runs == []
    assert resumed.complete_periods == len(complete)
    assert load(rested, url, FIRST, LAST, missing_only=True).complete_periods == 4
