"""Living through epochs, build by build, equals a rebuild of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aurora.registry import Registry
from aurora.sandbox import SandboxServer
from tests.worlds import Warehouse, pnl_cells, true_cells

pytestmark = pytest.mark.slow


def test_living_through_epochs_equals_a_rebuild_of_them(
    bare_warehouse: Warehouse, network: SandboxServer, registry: Registry, rebuilt: Callable[[Warehouse], Warehouse]
) -> None:
    first = 842
    for running in range(first + 1, 846):
        network.clock.move_to(running, is_paying_out=running == 843, unpublished_trees=1 if running == 844 else 0)
        report = bare_warehouse.load(registry, max(first, running - 1), running)
        open_questions = {run.endpoint.name for run in report.failed_runs}
        assert open_questions == ({"get_inflation_reward"} if running == 843 else set())
        bare_warehouse.build(registry, chain="solana")
        cells, truth = pnl_cells(bare_warehouse), true_cells(network, max(first, running - 1), running)
        assert {key: cells[key] for key in truth} == truth
    assert rebuilt(bare_warehouse).fingerprint().changed(bare_warehouse.fingerprint()) == []
    observed = bare_warehouse.value(
        "select count(*) from canonical.stake_rewards where staker_key <> '*' and active_stake_native > 0"
    )
    assert observed > 100
