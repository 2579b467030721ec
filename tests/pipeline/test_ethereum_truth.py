"""Ethereum in the warehouse against the network's own ledger: every amount equal, to the wei, whoever serves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aurora.sandbox import SandboxServer, parse_faults
from aurora.sandbox.ethereum.scale import ETHEREUM_QUICK
from tests.ethereum_worlds import (
    DATA_TYPES,
    FIRST_DAY,
    LAST_DAY,
    RUNNING_DAY,
    ethereum_registry,
    labels,
    load_days,
    mapped,
    pnl_cells,
    true_cells,
    wei,
)
from tests.worlds import Warehouse

pytestmark = pytest.mark.slow

DAYS = (FIRST_DAY, FIRST_DAY + 1, FIRST_DAY + 2, LAST_DAY)


@pytest.fixture
def chain() -> Iterator[SandboxServer]:
    with SandboxServer(scale="demo", seed=1, ethereum_scale=ETHEREUM_QUICK) as network:
        yield network


def test_every_cell_and_every_misdirected_payment_equals_the_ledger_and_a_second_run_moves_no_row(
    chain: SandboxServer, bare_warehouse: Warehouse, tmp_path: Path
) -> None:
    registry = ethereum_registry(chain, tmp_path)
    report = load_days(bare_warehouse, registry, FIRST_DAY, RUNNING_DAY)
    assert [(run.endpoint.name, run.error_message) for run in report.failed_runs] == []
    # The fallback costs nothing where nobody left a question open.
    assert {run.provider for run in report.runs} == {"beacon_node", "eth_rpc", "mev_relay"}
    bare_warehouse.build(registry, chain="ethereum")

    cells = pnl_cells(bare_warehouse)
    assert cells == true_cells(chain, [*DAYS, RUNNING_DAY])
    assert len({key for _, key in cells}) >= 12
    assert sum(cell["is_complete"] for cell in cells.values()) > 40

    paid = {
        (row["period_id"], row["validator_key"], row["block_number"], row["component"], row["recipient"])
        for row in bare_warehouse.rows("select * from canonical.misdirected_payments")
    }
    lost = {
        (day, item.public_key, item.block_number, item.component, item.recipient.lower())
        for day in DAYS
        for item in chain.ethereum.ledger.misdirected(day)
    }
    tracked = {key for _, key in cells}
    assert paid == {item for item in lost if item[1] in tracked}
    assert "0x0000000000000000000000000000000000000000" in {recipient for *_, recipient in paid}

    for row in bare_warehouse.rows("select * from canonical.validator_mev where total_mev_native is not null"):
        truth = chain.ethereum.ledger.day(row["period_id"], tracked_only=True)[row["validator_key"]]
        split = [row[f"{name}_mev_native"] for name in ("total", "validator", "stakers", "misdirected")]
        assert [wei(amount) for amount in split] == [
            truth.gross_mev,
            truth.mev_tips,
            truth.stakers_mev,
            truth.misdirected_mev,
        ]
    before = bare_warehouse.fingerprint()
    again = load_days(bare_warehouse, registry, FIRST_DAY, RUNNING_DAY)
    assert again.records_staged == 0
    bare_warehouse.build(registry, chain="ethereum", command="run")
    assert before.changed(bare_warehouse.fingerprint()) == []

    # A relay claims what the chain does not show: the chain's word counts, and the difference is there to be seen.
    slot = bare_warehouse.value(
        "select min(slot) from intermediate.int_ethereum__blocks where has_relay"
        " and last_payer = fee_recipient and last_payee = proposer_fee_recipient"
    )
    chain.ethereum.amendments.set_relay_value(slot, 10**19)
    assert load_days(bare_warehouse, registry, FIRST_DAY, LAST_DAY, data_types=("MEV",)).records_staged >= 1
    bare_warehouse.build(registry, chain="ethereum", command="run")
    assert pnl_cells(bare_warehouse) == cells
    [broken] = bare_warehouse.rows(
        "select provider_a, provider_b from canonical.reconciliation"
        " where metric = 'builder_payments_native' and value_b >= 10 and not is_within_tolerance"
    )
    assert (broken["provider_a"], broken["provider_b"]) == ("eth_rpc", "mev_relay")


def test_beaconchain_alone_tells_everything_but_a_slashing_and_the_rest_with_the_usual_ones_behind_it(
    chain: SandboxServer, bare_warehouse: Warehouse, tmp_path: Path
) -> None:
    registry = ethereum_registry(chain, tmp_path, mappings=mapped(**dict.fromkeys(DATA_TYPES, "beaconchain")))
    report = load_days(bare_warehouse, registry, FIRST_DAY, LAST_DAY)
    assert report.failed_runs == []
    bare_warehouse.build(registry, chain="ethereum", command="run")
    named = labels(bare_warehouse)
    cells = pnl_cells(bare_warehouse)
    expected = true_cells(chain, DAYS, by_explorer=True)
    different = {key for key in expected if cells.get(key) != expected[key]}
    assert set(cells) == set(expected)
    # Its rewards list has no penalty for a slashing, and no balances tell it: unknown, not guessed.
    assert {named[key] for _, key in different} == {"Aurora Slashed"}
    for key in different:
        assert cells[key]["missing_data_types"] == ("REWARDS",)
        assert cells[key]["vote_rewards"] is None
        assert cells[key]["exec_fees"] == expected[key]["exec_fees"]
    providers = bare_warehouse.rows(
        "select distinct source_provider from canonical.validator_fees"
        " union select source_provider from canonical.validator_mev"
        " union select source_provider from canonical.validator_rewards"
    )
    assert [row["source_provider"] for row in providers] == ["beaconchain"]

    # Those behind it are asked what it cannot tell: last transactions, and penalties for a slashing.
    behind = [{**mapping, "role": "fallback", "priority": 2} for mapping in mapped()]
    swapped = ethereum_registry(
        chain, tmp_path, mappings=[*mapped(**dict.fromkeys(DATA_TYPES, "beaconchain")), *behind]
    )
    report = load_days(bare_warehouse, swapped, FIRST_DAY, LAST_DAY)
    assert report.failed_runs == []
    assert {run.endpoint.name for run in report.runs if run.provider == "eth_rpc"} == {"get_block_by_number"}
    bare_warehouse.build(swapped, chain="ethereum", command="run")
    assert pnl_cells(bare_warehouse) == true_cells(chain, DAYS)
    assert _served(bare_warehouse, "validator_fees") == {"beaconchain"}


def test_a_node_without_duties_is_asked_for_headers_and_gives_the_same(
    chain: SandboxServer, bare_warehouse: Warehouse, tmp_path: Path
) -> None:
    chain.ethereum.switches.duties = False
    registry = ethereum_registry(chain, tmp_path, mappings=mapped())
    report = load_days(bare_warehouse, registry, FIRST_DAY + 1, FIRST_DAY + 1)
    assert report.failed_runs == []
    [duties] = [run for run in report.runs if run.endpoint.name == "proposer_duties"]
    assert (duties.status, duties.requests < 9 + 16) == ("FAILED", True)
    bare_warehouse.build(registry, chain="ethereum", command="run")
    assert pnl_cells(bare_warehouse) == true_cells(chain, [FIRST_DAY + 1])


def test_balances_serve_where_nobody_tells_duties_are_marked_and_agree_over_the_days(
    chain: SandboxServer, bare_warehouse: Warehouse, tmp_path: Path
) -> None:
    chain.ethereum.switches.rewards = False
    registry = ethereum_registry(chain, tmp_path, mappings=mapped())
    report = load_days(bare_warehouse, registry, FIRST_DAY, LAST_DAY, data_types=("REWARDS",))
    assert {run.endpoint.name for run in report.failed_runs} >= {"attestation_rewards"}
    bare_warehouse.build(registry, chain="ethereum", command="run")
    rows = bare_warehouse.rows("select * from canonical.validator_rewards")
    assert {row["method"] for row in rows} == {"BALANCES"}
    found = {(row["period_id"], row["validator_key"]): wei(row["income_native"]) for row in rows}
    expected = {
        (day, key): truth.balance_income
        for day in DAYS
        for key, truth in chain.ethereum.ledger.day(day, tracked_only=True).items()
    }
    assert found == {key: expected[key] for key in found}
    assert len(found) >= 40


def test_the_fallback_serves_what_the_primary_leaves_open_until_it_answers(
    chain: SandboxServer, bare_warehouse: Warehouse, tmp_path: Path
) -> None:
    registry = ethereum_registry(chain, tmp_path)
    day = FIRST_DAY + 1
    for fault in parse_faults("http_500:provider=beacon_node,route=attestation_rewards"):
        chain.faults.add(fault)
    for fault in parse_faults("rpc_error:provider=eth_rpc,route=eth_getBlockReceipts,code=-32001"):
        chain.faults.add(fault)
    report = load_days(bare_warehouse, registry, day, day)
    assert {(run.provider, run.endpoint.name) for run in report.failed_runs} == {
        ("beacon_node", "attestation_rewards"),
        ("eth_rpc", "get_block_receipts"),
    }
    bare_warehouse.build(registry, chain="ethereum", command="run")
    assert pnl_cells(bare_warehouse) == true_cells(chain, [day])
    assert _served(bare_warehouse, "validator_rewards") == {"beaconchain"}
    assert _served(bare_warehouse, "validator_fees", "fee_count > 0") == {"beaconchain"}
    # The relays answered: theirs is every payment, also of blocks whose fees another provider told.
    assert _served(bare_warehouse, "validator_mev", "tip_count > 0") == {"mev_relay"}

    chain.faults.clear()
    load_days(bare_warehouse, registry, day, day)
    bare_warehouse.build(registry, chain="ethereum", command="run")
    assert pnl_cells(bare_warehouse) == true_cells(chain, [day])
    assert _served(bare_warehouse, "validator_rewards") == {"beacon_node"}
    assert _served(bare_warehouse, "validator_fees", "fee_count > 0") == {"eth_rpc"}


def _served(warehouse: Warehouse, table: str, rows: str = "true") -> set[str]:
    found = warehouse.rows(f"select distinct source_provider from canonical.{table} where {rows}")
    return {row["source_provider"] for row in found}
