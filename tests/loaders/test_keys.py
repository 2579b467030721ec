"""A key that is not set stops a load only where the load relies on its provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from aurora.errors import SettingsError
from aurora.periods import PeriodRange
from aurora.registry import read_registry
from aurora.sandbox import SandboxServer, url_overrides, write_registry
from loaders.load import LoadRequest, run_load
from tests.loaders.worlds import load, mapping, registry_with
from tests.worlds import QUICK

pytestmark = pytest.mark.slow

FIRST = 20260101


def test_a_key_that_is_not_set_stops_only_loads_of_its_provider(chain: SandboxServer, url: str, tmp_path: Path) -> None:
    registry = registry_with(chain, tmp_path, without=("BEACONCHAIN_API_KEY",))
    report = load(registry, url, FIRST, FIRST, providers=("beacon_node",), data_types=("REWARDS",))
    assert report.failed_runs == []
    with pytest.raises(SettingsError, match="BEACONCHAIN_API_KEY"):
        load(registry, url, FIRST, FIRST, providers=("beaconchain",))


def test_a_fallback_whose_key_is_not_set_is_left_out_and_said_so(
    chain: SandboxServer, url: str, tmp_path: Path
) -> None:
    usual = [mapping("REWARDS", "beacon_node"), mapping("META", "beacon_node")]
    stand_in = mapping("REWARDS", "beaconchain", role="fallback", priority=2)
    compared = mapping("META", "beaconchain", role="reconcile", priority=9)
    without_key = registry_with(
        chain, tmp_path, mappings=[*usual, stand_in, compared], without=("BEACONCHAIN_API_KEY",)
    )
    report = load(without_key, url, FIRST, FIRST)
    assert report.failed_runs == []
    [reason] = report.left_out
    assert reason.startswith("beaconchain was not asked: environment variable BEACONCHAIN_API_KEY is not set")
    assert chain.log.http_requests("beaconchain") == 0

    relied_on = registry_with(
        chain,
        tmp_path,
        mappings=[*usual, stand_in, mapping("FEES", "beaconchain")],
        without=("BEACONCHAIN_API_KEY",),
    )
    with pytest.raises(SettingsError, match="BEACONCHAIN_API_KEY"):
        load(relied_on, url, FIRST, FIRST)


def test_solana_beach_can_be_mapped_before_there_is_a_key(chain: SandboxServer, url: str, tmp_path: Path) -> None:
    files = write_registry(tmp_path, chain, with_beach=True)
    environment = {name: value for name, value in url_overrides(chain).items() if name != "SOLANABEACH_API_KEY"}
    registry = read_registry(*files, environment=environment)
    report = run_load(registry, url, LoadRequest("solana", PeriodRange(844, 844)), backoff=QUICK)
    assert report.failed_runs == []
    assert [reason.split(":")[0] for reason in report.left_out] == ["solana_beach was not asked"]
    assert chain.log.http_requests("solana_beach") == 0
