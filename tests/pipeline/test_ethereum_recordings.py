"""Mainnet's recorded answers through loaders and models, against what independent implementations say of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aurora.registry import Registry, read_registry
from aurora.sandbox import ReplayServer
from aurora.warehouse.connection import connect
from loaders import shapes_ethereum
from loaders.envelope import Payload, Question, canonical_request
from loaders.landing import Landing
from loaders.prepare import prepare_warehouse
from tests.ethereum_worlds import load_days, wei
from tests.shared_files import fixture_path
from tests.worlds import Warehouse

pytestmark = pytest.mark.slow

VALIDATOR = 1187604
OWN = "0x2cfc3fe6c747bfd91ff3f840c3a34f44339a0dff"
KEY = "0xa2de832511231af4bf98083e68c67aa6429c8c2b08920302d1d6953298f3720c8d5ca22c08a54fffa2efab782e25dba8"


@pytest.fixture
def mainnet(tmp_path: Path) -> Iterator[Registry]:
    """A registry of the recorded validator, with beaconcha.in's recordings behind it."""
    with ReplayServer(fixture_path("ethereum")) as replay:
        chains, providers = tmp_path / "chains.yaml", tmp_path / "providers.yaml"
        chains.write_text(_chains([(KEY, VALIDATOR)]))
        providers.write_text(_providers(f"{replay.url}/api/v2/ethereum"))
        yield read_registry(chains, providers, environment={"BEACONCHAIN_API_KEY": "key"})


def test_the_recorded_validators_blocks_pay_what_the_oracle_says(mainnet: Registry, bare_warehouse: Warehouse) -> None:
    oracle = json.loads(fixture_path("ethereum/oracles/rotki_staking_performance_1187604.json").read_text())
    days = _days_of(oracle["input"]["block_rewards"])
    for day in days:
        report = load_days(bare_warehouse, mainnet, day, day, data_types=("FEES", "MEV"))
        assert [(run.endpoint.name, run.error_message) for run in report.failed_runs] == []
    bare_warehouse.build(mainnet, chain="ethereum", command="run")

    fees = bare_warehouse.value("select sum(total_fees_native) from canonical.validator_fees")
    assert f"{fees:f}" == oracle["expected"]["execution_blocks_eth"]
    own_mev = {
        row["block_number"]: int(row["paid_wei"])
        for row in bare_warehouse.rows(
            "select block_number, paid_wei from intermediate.int_ethereum__payments"
            " where component = 'MEV' and recipient_kind = 'OWN'"
        )
    }
    counted = sum(own_mev[block] for block in (19933083, 20536372, 20868232))
    assert f"{counted}" == f"{wei_of(oracle['expected']['execution_mev_eth'])}"
    # The payment contains the fees: what exceeds them is MEV, which the oracle's tool did not see.
    assert own_mev[20377217] == 27962924378310870
    lost = {
        (row["block_number"], row["component"], row["recipient"][:6], wei(row["amount_native"]))
        for row in bare_warehouse.rows("select * from canonical.misdirected_payments")
    }
    assert lost == {
        (19212929, "MEV", "0xadfb", 60349153479296828),
        (21417107, "MEV", "0x0000", 231618030402117244),
    }
    assert bare_warehouse.value(
        "select count(*) from canonical.validator_mev where misdirected_mev_native > 0 and validator_mev_native = 0"
    ) == len(lost)
    # The validator's balance is no income: it is its stake.
    assert bare_warehouse.value("select withdrawal_address from canonical.validators") == OWN


def test_priority_fees_of_a_recorded_block_equal_two_formulas(empty_warehouse: Warehouse, mainnet: Registry) -> None:
    oracle = json.loads(fixture_path("ethereum/oracles/crosscheck_fees_block_21925176.json").read_text())
    number, folder = oracle["facts"]["block"], "ethereum/execution_rpc/helios_21925176"
    prepare_warehouse(empty_warehouse.url, mainnet)
    block = json.loads(fixture_path(f"{folder}/eth_getBlockByNumber_result.json").read_text())
    receipts = json.loads(fixture_path(f"{folder}/eth_getBlockReceipts_result.json").read_text())
    shapes_ethereum.execution_block(block, number=number)
    shapes_ethereum.receipts(receipts, number=number)
    _land(
        empty_warehouse,
        [
            ("eth_rpc", "get_block_by_number", _rpc("eth_getBlockByNumber", number, True), {"result": block}, 200),
            ("eth_rpc", "get_block_receipts", _rpc("eth_getBlockReceipts", number), {"result": receipts}, 200),
        ],
    )
    empty_warehouse.build(select=["+int_ethereum__block_fees"], command="run")
    [row] = empty_warehouse.rows("select * from intermediate.int_ethereum__block_fees")
    assert str(row["fee_wei"]) == oracle["expected"]["priority_fees_wei"]
    assert row["fee_recipient"] == oracle["facts"]["fee_recipient"]
    failed = empty_warehouse.value("select count(*) from stg.stg_eth_rpc__receipts where not is_successful")
    assert failed == oracle["facts"]["failed_transactions"]


def test_recorded_consensus_rewards_and_withdrawals_are_read_to_the_gwei(
    empty_warehouse: Warehouse, mainnet: Registry
) -> None:
    prepare_warehouse(empty_warehouse.url, mainnet)
    node, rewards = "beacon_node", "ethereum/beacon_node/rewards"
    landed: list[tuple[str, str, str, Any, int]] = []
    for epoch, ids, name in (
        (335909, ["63"], "attestations_epoch_335909_validator_63"),
        (335909, ["0", "1", "2", "3"], "attestations_epoch_335909_validators_0_1_2_3"),
    ):
        body = _envelope(fixture_path(f"{rewards}/{name}.data.json"))
        shapes_ethereum.attestation_rewards(body)
        path = f"eth/v1/beacon/rewards/attestations/{epoch}"
        landed.append((node, "attestation_rewards", canonical_request("POST", path, body=ids), body, 200))
    block = _envelope(fixture_path(f"{rewards}/blocks_10760040.data.json"))
    shapes_ethereum.block_rewards(block)
    landed.append(
        (node, "block_rewards", canonical_request("GET", "eth/v1/beacon/rewards/blocks/10760040"), block, 200)
    )
    for name in ("validator_1055307_negative", "validators_286437_1674334"):
        body = _envelope(fixture_path(f"{rewards}/sync_committee_10760058_{name}.data.json"))
        shapes_ethereum.sync_rewards(body)
        path = "eth/v1/beacon/rewards/sync_committee/10760058"
        landed.append((node, "sync_committee_rewards", canonical_request("POST", path, body=[name]), body, 200))
    for slot in (7109344, 7109430):
        body = json.loads(fixture_path(f"ethereum/beacon_node/blocks_v2/{slot}.json").read_text())
        shapes_ethereum.beacon_block(body, slot=slot)
        path = f"eth/v2/beacon/blocks/{slot}"
        landed.append((node, "day_blocks", canonical_request("GET", path), body, 200))
    _land(empty_warehouse, landed)
    empty_warehouse.build(select=["path:models/staging/beacon_node", "path:models/staging/ops"], command="run")

    attested = {
        row["validator_index"]: int(row["attestation_wei"])
        for row in empty_warehouse.rows("select * from stg.stg_beacon_node__attestation_rewards")
    }
    assert attested == {63: -6940 * 10**9, **dict.fromkeys(range(4), 9342 * 10**9)}
    assert int(empty_warehouse.value("select proposal_wei from stg.stg_beacon_node__block_rewards")) == 42294581 * 10**9
    seats = {
        row["validator_index"]: int(row["sync_committee_wei"])
        for row in empty_warehouse.rows("select * from stg.stg_beacon_node__sync_committee_rewards")
    }
    assert seats == {286437: 22456 * 10**9, 1674334: 22456 * 10**9, 1055307: -22456 * 10**9}
    moved = empty_warehouse.rows(
        "select slot, count(*) as withdrawals, sum(moved_wei) as moved_wei from stg.stg_beacon_node__movements"
        " where movement_type = 'WITHDRAWAL' group by slot order by slot"
    )
    assert [(row["slot"], row["withdrawals"]) for row in moved] == [(7109344, 16), (7109430, 16)]
    for row in moved:
        body = json.loads(fixture_path(f"ethereum/beacon_node/blocks_v2/{row['slot']}.json").read_text())
        listed = body["data"]["message"]["body"]["execution_payload"]["withdrawals"]
        assert int(row["moved_wei"]) == sum(int(withdrawal["amount"]) for withdrawal in listed) * 10**9


def test_recorded_relay_pages_are_claims_in_wei(empty_warehouse: Warehouse, mainnet: Registry) -> None:
    prepare_warehouse(empty_warehouse.url, mainnet)
    page = json.loads(fixture_path("ethereum/relay/pages_reshaped/flashbots_page1_latest.json").read_text())
    for trace in page:
        shapes_ethereum.payloads_delivered([trace], slot=int(trace["slot"]))
    requests = [
        canonical_request("GET", "relay/v1", params={"slot": int(trace["slot"])}, host="https://relay.example")
        for trace in page
    ]
    _land(
        empty_warehouse,
        [
            ("mev_relay", "proposer_payload_delivered", request, [trace], 200)
            for request, trace in zip(requests, page, strict=True)
        ],
    )
    empty_warehouse.build(select=["stg_mev_relay__payloads_delivered"], command="run")
    claimed = empty_warehouse.value("select sum(claimed_wei) from stg.stg_mev_relay__payloads_delivered")
    assert int(claimed) == sum(int(trace["value"]) for trace in page)


def wei_of(eth: str) -> int:
    whole, _, fraction = eth.partition(".")
    return int(whole + fraction.ljust(18, "0"))


def _days_of(recorded: dict[str, str]) -> list[int]:
    days = set()
    for name in recorded.values():
        slot = json.loads(fixture_path(f"ethereum/{name}").read_text())["data"]["consensus_reference"]["slot"]
        first = datetime.fromtimestamp(1606824023 + slot // 32 * 384, tz=UTC)
        days.add(first.year * 10_000 + first.month * 100 + first.day)
    return sorted(days)


def _envelope(path: Path) -> dict[str, Any]:
    return {"execution_optimistic": False, "finalized": True, "data": json.loads(path.read_text())}


def _rpc(method: str, number: int, *more: object) -> str:
    return canonical_request("POST", "", body={"jsonrpc": "2.0", "method": method, "params": [hex(number), *more]})


def _land(warehouse: Warehouse, landed: list[tuple[str, str, str, Any, int]]) -> None:
    """Land bodies as a load would, for one day."""
    with connect(warehouse.url, autocommit=True) as connection:
        landing = Landing(warehouse.url, connection)
        for api, endpoint, request, body, status in landed:
            question = Question("ethereum", api, api, endpoint, "TEST", 20250225, request)
            landing.add(Payload(question, "recorded", status, json.dumps(body), datetime.now(UTC)))
        landing.flush()


def _chains(validators: list[tuple[str, int]]) -> str:
    listed = "\n".join(
        f'      - {{public_key: "{key}", validator_index: {index}, label: Recorded}}' for key, index in validators
    )
    return f"""
chains:
  - chain_id: ethereum
    name: Ethereum
    native_unit: ETH
    base_unit: wei
    native_decimals: 18
    period_type: DAY
    finality_lag: 1
    slots_per_epoch: 32
    seconds_per_slot: 12
    genesis_at: 2020-12-01T12:00:23Z
    validators:
{listed}
"""


def _providers(url: str) -> str:
    mappings = "\n".join(
        f"  - {{chain: ethereum, data_type: {data_type}, provider: beaconchain, role: primary, priority: 1}}"
        for data_type in ("FEES", "MEV", "REWARDS", "META")
    )
    return f"""
providers:
  - provider: beaconchain
    api: beaconchain
    base_url: {url}
    auth: {{kind: bearer, env: BEACONCHAIN_API_KEY}}
    rate_limit: {{requests_per_second: 1000, burst: 100, concurrency: 4, monthly_budget: null}}
    timeout_seconds: 10
    retry: {{attempts: 3, budget_seconds: 10}}
mappings:
{mappings}
"""
