"""A part of the data types is loaded with all that it rests on, and what was not asked for is missing, not zero."""

from __future__ import annotations

import pytest

from aurora.registry import Registry
from aurora.sandbox import SandboxServer
from tests.worlds import Warehouse, pnl_cells

pytestmark = pytest.mark.slow

# An identity moves from one vote account to another in 842, and another one changes in 843.
FIRST, LAST = 841, 843


def test_fees_alone_go_to_whom_the_identities_of_their_epoch_say(
    bare_warehouse: Warehouse, network: SandboxServer, registry: Registry
) -> None:
    report = bare_warehouse.load(registry, FIRST, LAST, data_types=("FEES",))
    assert report.failed_runs == []
    bare_warehouse.build(registry, chain="solana", command="run")
    cells = pnl_cells(bare_warehouse)
    truth = {
        (epoch, vote): cell.exec_fees
        for epoch in range(FIRST, LAST + 1)
        for vote, cell in network.ledger.epoch(epoch, tracked_only=True).items()
        if cell.leader_slots
    }
    assert len(truth) > 30
    assert {key: cells[key]["exec_fees"] for key in truth} == truth
    for key in truth:
        assert not cells[key]["is_complete"]
        assert cells[key]["net"] is None
        assert {"MEV", "REWARDS"} >= set(cells[key]["missing_data_types"]) >= {"REWARDS"}
