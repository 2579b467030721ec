"""A load or a build that is killed at any point, then run again, ends with the same tables as one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aurora.errors import WarehouseError
from aurora.sandbox import SandboxServer, url_overrides, write_registry
from aurora.warehouse.connection import connect
from tests.worlds import FIRST, LAST, SHOWN_URL, Warehouse, World, registry_of

pytestmark = pytest.mark.slow

_PATIENCE_SECONDS = 120


@contextmanager
def command(*arguments: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The command as a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "aurora", *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait for the point to kill at; fails where the command ends before it."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert process.poll() is None, "the command ended before it could be killed"
        assert time.monotonic() < deadline, "the point to kill at never came"
        time.sleep(0.01)


def is_blocked(warehouse: Warehouse) -> bool:
    """Whether somebody waits for a lock."""
    return bool(
        warehouse.value(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
    )


def test_a_killed_load_runs_again_to_the_same_tables(
    world: World, empty_warehouse: Warehouse, network: SandboxServer, tmp_path: Path
) -> None:
    chains, providers = write_registry(tmp_path, network, shown_url=SHOWN_URL)
    environment = {
        "DATABASE_URL": empty_warehouse.url,
        "AURORA_CHAINS_FILE": str(chains),
        "AURORA_PROVIDERS_FILE": str(providers),
        **url_overrides(network),
    }
    load = ("load", "solana", "--periods", f"{FIRST}..{LAST}")

    # While it fetches.
    with command(*load, environment=environment) as process:
        wait_until(lambda: network.requests("getBlock") > 300, process)
        os.kill(process.pid, signal.SIGKILL)

    # In dlt's hands; between the payloads and their sightings; and at the last landing of all.
    # A shared lock lets the loader look up what is there, and stops dlt where it writes.
    for table, mode, is_reached in (
        ("staging_solana_rpc.get_block", "share", lambda: network.requests("getBlock") > 0),
        ("ops.payload_sightings", "access exclusive", lambda: network.requests("getVoteAccounts") > 0),
        ("ops.payload_sightings", "access exclusive", lambda: network.requests("getInflationReward") > 0),
    ):
        network.log.clear()
        with command(*load, environment=environment) as process:
            wait_until(is_reached, process)
            with connect(empty_warehouse.url) as locks:
                locks.execute(f"lock table {table} in {mode} mode")
                wait_until(lambda: is_blocked(empty_warehouse), process)
                os.kill(process.pid, signal.SIGKILL)
                process.wait()

    registry = registry_of(network, tmp_path)
    report = empty_warehouse.load(registry, FIRST, LAST)
    assert report.failed_runs == []
    states = empty_warehouse.rows(
        "select status, error_type, count(*) from ops.ingestion_runs group by status, error_type"
    )
    assert {(row["status"], row["error_type"]) for row in states} == {("SUCCESS", None), ("FAILED", "Killed")}

    # And a build, in its middle.
    with command("transform", environment=environment) as process:
        built = "select count(*) from ops.model_watermark"
        wait_until(lambda: empty_warehouse.value(built) > 25, process)
        os.kill(process.pid, signal.SIGKILL)
    empty_warehouse.build(registry)
    assert world.warehouse.fingerprint().changed(empty_warehouse.fingerprint()) == []
    assert empty_warehouse.value("select count(*) from ops.model_watermark where tested_through < built_through") == 0


def test_a_database_that_goes_away_ends_a_load_in_one_line(
    empty_warehouse: Warehouse, network: SandboxServer, tmp_path: Path
) -> None:
    registry = registry_of(network, tmp_path)
    ended: list[BaseException] = []

    def load() -> None:
        try:
            empty_warehouse.load(registry, FIRST, LAST)
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=load)
    thread.start()
    while network.requests("getBlock") < 100:
        assert thread.is_alive()
        time.sleep(0.01)
    empty_warehouse.disconnect_everybody()
    thread.join(_PATIENCE_SECONDS)
    [error] = ended
    assert isinstance(error, WarehouseError)
    assert "load the periods again" in str(error)
    assert "\n" not in str(error)
    assert empty_warehouse.load(registry, FIRST, LAST).failed_runs == []
    assert empty_warehouse.value("select count(*) from ops.ingestion_runs where status = 'RUNNING'") == 0
