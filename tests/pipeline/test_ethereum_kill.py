"""A load of days, or its build, that is killed and run again ends with the tables of one that was not."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aurora.sandbox import SandboxServer, url_overrides, write_registry
from aurora.sandbox.ethereum.scale import ETHEREUM_QUICK
from aurora.warehouse.connection import connect
from tests.ethereum_worlds import ethereum_registry, load_days, pnl_cells, true_cells
from tests.pipeline.test_kill import command, is_blocked, wait_until
from tests.postgres import PostgresServer
from tests.worlds import SHOWN_URL, Warehouse

pytestmark = pytest.mark.slow

DAYS = (20260101, 20260102)


@pytest.fixture
def chain() -> Iterator[SandboxServer]:
    with SandboxServer(scale="demo", seed=1, ethereum_scale=ETHEREUM_QUICK) as network:
        yield network


def test_a_killed_load_of_days_runs_again_to_the_same_tables(
    chain: SandboxServer,
    empty_warehouse: Warehouse,
    server: PostgresServer,
    database_names: Callable[[str], str],
    tmp_path: Path,
) -> None:
    chains, providers = write_registry(tmp_path, chain, shown_url=SHOWN_URL, chains=("ethereum",))
    environment = {
        "DATABASE_URL": empty_warehouse.url,
        "AURORA_CHAINS_FILE": str(chains),
        "AURORA_PROVIDERS_FILE": str(providers),
        **url_overrides(chain),
    }
    load = ("load", "ethereum", "--periods", f"{DAYS[0]}..{DAYS[-1]}")

    # While it fetches, and between the payloads of a day and their sightings.
    with command(*load, environment=environment) as process:
        wait_until(lambda: chain.requests("sync_committee_rewards") > 50, process)
        os.kill(process.pid, signal.SIGKILL)
    chain.log.clear()
    with command(*load, environment=environment) as process:
        wait_until(lambda: chain.requests("proposer_duties") > 0, process)
        with connect(empty_warehouse.url) as locks:
            locks.execute("lock table ops.payload_sightings in access exclusive mode")
            wait_until(lambda: is_blocked(empty_warehouse), process)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    registry = ethereum_registry(chain, tmp_path)
    assert load_days(empty_warehouse, registry, *DAYS).failed_runs == []
    killed = empty_warehouse.value("select count(*) from ops.ingestion_runs where error_type = 'Killed'")
    assert killed > 0

    # And a build, in its middle.
    with command("transform", environment=environment) as process:
        built = "select count(*) from ops.model_watermark"
        wait_until(lambda: empty_warehouse.value(built) > 40, process)
        os.kill(process.pid, signal.SIGKILL)
    empty_warehouse.build(registry, command="run")
    assert pnl_cells(empty_warehouse) == true_cells(chain, DAYS)

    untroubled = Warehouse(
        server.create(database_names("untroubled")), empty_warehouse.manifest, empty_warehouse.target
    )
    load_days(untroubled, registry, *DAYS)
    untroubled.build(registry, command="run")
    assert untroubled.payload_ids() == empty_warehouse.payload_ids()
    assert untroubled.fingerprint().changed(empty_warehouse.fingerprint()) == []
