"""A second run changes nothing, and what changes is followed: answers that return, and the registry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from aurora.registry import Registry, read_registry
from aurora.sandbox import SandboxServer, url_overrides
from tests.worlds import FIRST, LAST, Warehouse, pnl_cells, true_cells

pytestmark = pytest.mark.slow


def test_loading_and_building_again_changes_no_row(fresh_world: Warehouse, registry: Registry) -> None:
    before = fresh_world.fingerprint()
    report = fresh_world.load(registry, FIRST, LAST)
    fresh_world.build(registry)
    assert report.records_staged == 0
    assert report.records_unchanged > 1000
    assert before.changed(fresh_world.fingerprint()) == []
    assert fresh_world.value("select count(*) from ops.model_scope") == 0


def test_a_changed_past_and_its_return_are_followed(
    fresh_world: Warehouse,
    registry: Registry,
    network: SandboxServer,
) -> None:
    before = fresh_world.fingerprint()
    vote, cell = next(
        (v, c) for v, c in network.ledger.epoch(843, tracked_only=True).items() if c.gross_tips and c.produced
    )
    slot = next(
        iter(
            fresh_world.rows(
                "select slot from intermediate.int_solana__leader_slots as led"
                " inner join intermediate.int_solana__slot_fees as fees using (chain_id, period_id, slot)"
                " where led.validator_key = %s and led.period_id = 843 and fees.is_block order by slot",
                vote,
            )
        )
    )["slot"]
    network.amendments.set_fee(slot, 9_007_199_254_740_993)
    network.amendments.set_tips(843, vote, mev_revenue=cell.gross_tips + 1)
    network.amendments.set_reward(842, vote, 123_456_789)
    report = fresh_world.load(registry, FIRST, LAST)
    assert 3 <= report.records_staged <= 10
    fresh_world.build(registry, chain="solana")
    assert pnl_cells(fresh_world) == true_cells(network, FIRST, LAST)

    network.amendments.revert()
    report = fresh_world.load(registry, FIRST, LAST)
    assert report.records_staged == 0
    fresh_world.build(registry, chain="solana")
    assert pnl_cells(fresh_world) == true_cells(network, FIRST, LAST)
    # Only staging remembers that there was another answer.
    assert {name.split(".")[0] for name in before.changed(fresh_world.fingerprint())} == {"stg"}


def test_a_changed_registry_reaches_every_period_it_concerns(
    fresh_world: Warehouse,
    registry: Registry,
    network: SandboxServer,
    tmp_path: Path,
    rebuilt: Callable[[Warehouse], Warehouse],
) -> None:
    before = pnl_cells(fresh_world)
    chains = yaml.safe_load((tmp_path / "chains.yaml").read_text())
    [chain] = chains["chains"]
    dropped = next(entry for entry in chain["validators"] if entry.get("own_stake_accounts"))
    own = dropped.pop("own_stake_accounts")
    chain["parameters"] = [
        {**entry, "value": 500} if entry["name"] == "mev_protocol_fee_bps" and entry["from_period"] else entry
        for entry in chain["parameters"]
    ]
    (tmp_path / "chains.yaml").write_text(yaml.safe_dump(chains))
    changed = read_registry(tmp_path / "chains.yaml", tmp_path / "providers.yaml", environment=url_overrides(network))
    fresh_world.build(changed, chain="solana")
    after = pnl_cells(fresh_world)
    vote = dropped["vote_pubkey"]
    assert own
    assert before[FIRST, vote]["vote_rewards"] > 0
    assert {after[epoch, vote]["vote_rewards"] for epoch in range(FIRST, LAST)} == {0}
    assert fresh_world.value(
        "select bool_and(protocol_fee_native * 20 <= total_mev_native and total_mev_native < (protocol_fee_native"
        " + 0.000000001) * 20) from canonical.validator_mev"
    )
    assert rebuilt(fresh_world).fingerprint().changed(fresh_world.fingerprint()) == []
