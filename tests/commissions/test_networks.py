"""Agreements at random on what whole loads and builds made of other networks: lines, pools and carries are exact."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from aurora.periods import PeriodRange
from aurora.registry import read_registry
from aurora.sandbox import SandboxServer, url_overrides, write_registry
from aurora.sandbox.ethereum.scale import ETHEREUM_QUICK
from loaders.load import LoadRequest, run_load
from tests.commissions.comparison import differences
from tests.commissions.conftest import COMMISSIONS, Ledger
from tests.commissions.network_books import agreed, earned
from tests.commissions.recording import write_agreements
from tests.commissions.reference import compute
from tests.worlds import FIRST, LAST, QUICK, SHOWN_URL, Warehouse

pytestmark = pytest.mark.slow

SEEDS = [int(seed) for seed in os.environ.get("AURORA_NETWORK_SEEDS", "23").split(",")]
"""Whose networks, of which no other test knows; each is looked at with three sets of agreements."""

# The network's own findings, which rest on no agreement.
_OF_THE_NETWORK = ("RECON_BREAK", "MISDIRECTED_PAYMENT", "UNKNOWN_REWARD_TYPE")


@pytest.mark.parametrize("seed", SEEDS)
def test_agreements_on_another_networks_revenue_give_exact_lines(
    bare_warehouse: Warehouse, tmp_path: Path, seed: int
) -> None:
    with SandboxServer(scale="demo", seed=seed, ethereum_scale=ETHEREUM_QUICK) as network:
        files = write_registry(tmp_path, network, shown_url=SHOWN_URL, chains=("solana", "ethereum"))
        registry = read_registry(*files, environment=url_overrides(network))
        for request in (
            LoadRequest("solana", PeriodRange(FIRST, LAST)),
            LoadRequest("ethereum", PeriodRange(20260101, 20260103)),
        ):
            assert run_load(registry, bare_warehouse.url, request, backoff=QUICK).failed_runs == []
    bare_warehouse.build(registry, command="run")
    revenue = earned(bare_warehouse)
    assert {cell.chain for cell in revenue.cells} == {"solana", "ethereum"}
    ledger = Ledger(bare_warehouse)
    for number in range(3):
        books = agreed(seed * 10 + number, revenue)
        write_agreements(bare_warehouse.url, books)
        bare_warehouse.build(select=COMMISSIONS, command="run", full_refresh=True)
        computed = ledger.read()
        rest = [row for row in computed.diagnostics if row["code"] not in _OF_THE_NETWORK]
        assert differences(compute(books), replace(computed, diagnostics=rest)) == [], number
        assert sum(row["final_amount"] != 0 for row in computed.lines.values()) > 50
