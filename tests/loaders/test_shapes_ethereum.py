"""Every recorded answer is taken; one that money cannot rest on is refused, with what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any

import pytest

from loaders import shapes_ethereum as shapes
from loaders.http import NotAcceptable
from tests.shared_files import fixture_path

Check = Callable[[object], None]

REWARDS = "beacon_node/rewards"
HELIOS = "execution_rpc/helios_21925176"
HELIOS_BLOCK = 21925176


def recorded(name: str) -> Any:
    return json.loads(fixture_path(f"ethereum/{name}").read_text())


def node(name: str) -> dict[str, Any]:
    """Recordings of rewards hold the ``data`` alone."""
    body = recorded(name)
    return (
        {"execution_optimistic": False, "finalized": True, "data": body.get("data", body)}
        if isinstance(body, dict)
        else {"execution_optimistic": False, "finalized": True, "data": body}
    )


def test_every_recorded_answer_of_the_explorer_is_taken() -> None:
    taken = dict.fromkeys(("validators", "proposal-slots", "block", "block_rewards"), 0)
    for path in sorted(fixture_path("ethereum/beaconchain_v2").rglob("*.json")):
        found = re.match(r"\d+_(validators_proposal-slots|validators|block_rewards|block)_([^.]*)", path.stem)
        body = json.loads(path.read_text())
        if found is None or not isinstance(body, dict) or "data" not in body:
            continue
        kind = found[1].rpartition("validators_")[2] or found[1]
        number = int(found[2]) if kind.startswith("block") else 0
        checks: dict[str, Check] = {
            "validators": shapes.explorer_range,
            "proposal-slots": shapes.explorer_proposals,
            "block": partial(shapes.explorer_block, number=number),
            "block_rewards": partial(shapes.explorer_block_rewards, number=number),
        }
        checks[kind](body)
        taken[kind] += 1
    assert min(taken.values()) >= 5


def test_every_recorded_answer_of_nodes_is_taken() -> None:
    for epoch in ("attestations_epoch_335909_validator_63", "attestations_epoch_335909_validators_0_1_2_3"):
        shapes.attestation_rewards(node(f"{REWARDS}/{epoch}.data.json"))
    for block in ("blocks_10760040", "blocks_hoodi_1714850"):
        shapes.block_rewards(node(f"{REWARDS}/{block}.data.json"))
    for slot in ("10760058_validator_1055307_negative", "10760058_validators_286437_1674334", "hoodi_1714544"):
        shapes.sync_rewards(node(f"{REWARDS}/sync_committee_{slot}.data.json"))
    for name in ("add_validator_rpc/001", "beacon_node_validators/002", "beacon_node_validators/003"):
        shapes.node_validators(recorded(f"beacon_node/{name}_eth_v1_beacon_states_head_validators.json"))
    for slot in (7109344, 7109430):
        shapes.beacon_block(recorded(f"beacon_node/blocks_v2/{slot}.json"), slot=slot)
    shapes.execution_block(recorded(f"{HELIOS}/eth_getBlockByNumber_result.json"), number=HELIOS_BLOCK)
    shapes.receipts(recorded(f"{HELIOS}/eth_getBlockReceipts_result.json"), number=HELIOS_BLOCK)
    shapes.payloads_delivered(recorded("relay/proposer_payload_delivered_slot_6516479.json"), slot=6516479)
    shapes.payloads_delivered(recorded("relay/pages_reshaped/empty.json"), slot=1)


EXPLORER_REWARDS = "docs_examples/v2_rewards_list_validator1_epoch347566.json"
EXPLORER_BLOCK = "beaconchain_v2/get_validators/008_block_22199466.json"
EXPLORER_BLOCK_REWARDS = "beaconchain_v2/get_validators/009_block_rewards_22199466.json"
ATTESTATIONS = f"{REWARDS}/attestations_epoch_335909_validators_0_1_2_3.data.json"
BLOCK_REWARDS = f"{REWARDS}/blocks_10760040.data.json"
SYNC = f"{REWARDS}/sync_committee_10760058_validator_1055307_negative.data.json"

epoch_rewards = partial(shapes.explorer_rewards, epoch=347566)
block_payment = partial(shapes.explorer_block_rewards, number=22199466)
whole_block = partial(shapes.execution_block, number=HELIOS_BLOCK)


def put(*path: str | int, value: object) -> Callable[[Any], None]:
    def change(body: Any) -> None:
        for step in path[:-1]:
            body = body[step]
        body[path[-1]] = value

    return change


def take(*path: str | int) -> Callable[[Any], None]:
    def change(body: Any) -> None:
        for step in path[:-1]:
            body = body[step]
        del body[path[-1]]

    return change


@pytest.mark.parametrize(
    ("name", "check", "change", "reason"),
    [
        (EXPLORER_REWARDS, epoch_rewards, put("data", 0, "total", value="1"), "do not sum"),
        (
            EXPLORER_REWARDS,
            epoch_rewards,
            put("data", 0, "proposal", "execution_layer_reward", value="0"),
            "do not sum",
        ),
        (EXPLORER_REWARDS, epoch_rewards, put("data", 0, "total", value=80660680222696592), "total"),
        (EXPLORER_REWARDS, epoch_rewards, put("data", 0, "finality", value="not_finalized"), "not finalized"),
        (EXPLORER_REWARDS, epoch_rewards, take("data", 0, "sync_committee"), "sync_committee"),
        (EXPLORER_REWARDS, partial(shapes.explorer_rewards, epoch=347567), take("data", 0, "total_missed"), "epoch"),
        (EXPLORER_BLOCK, partial(shapes.explorer_block, number=22199467), lambda _body: None, "speaks of block"),
        (EXPLORER_BLOCK_REWARDS, block_payment, take("data", "mev"), "lacks mev"),
        (EXPLORER_BLOCK_REWARDS, block_payment, put("data", "mev", "amount", value="-1"), "amount"),
        (EXPLORER_BLOCK_REWARDS, block_payment, put("data", "priority_fees", "amount", value="0x10"), "amount"),
        (EXPLORER_BLOCK_REWARDS, block_payment, put("data", "finality", value="not_finalized"), "not finalized"),
        (EXPLORER_BLOCK_REWARDS, block_payment, put("data", "execution_reference", "block", value=5), "speaks of"),
        (f"{HELIOS}/eth_getBlockByNumber_result.json", whole_block, put("baseFeePerGas", value="0x0a"), "baseFeePer"),
        (f"{HELIOS}/eth_getBlockByNumber_result.json", whole_block, put("number", value="0x1"), "speaks of block"),
        (f"{HELIOS}/eth_getBlockByNumber_result.json", whole_block, put("miner", value="0x12"), "miner"),
        (
            f"{HELIOS}/eth_getBlockReceipts_result.json",
            partial(shapes.receipts, number=HELIOS_BLOCK),
            put(0, "effectiveGasPrice", value=7),
            "effectiveGasPrice",
        ),
        (
            "relay/proposer_payload_delivered_slot_6516479.json",
            partial(shapes.payloads_delivered, slot=6516480),
            lambda _body: None,
            "speaks of slot",
        ),
        (
            "relay/proposer_payload_delivered_slot_6516479.json",
            partial(shapes.payloads_delivered, slot=6516479),
            put(0, "value", value="0.5"),
            "value",
        ),
    ],
)
def test_what_money_cannot_rest_on_is_refused(
    name: str, check: Check, change: Callable[[Any], None], reason: str
) -> None:
    body = recorded(name)
    changed = deepcopy(body)
    change(changed)
    with pytest.raises(NotAcceptable, match=reason):
        check(changed)


@pytest.mark.parametrize(
    ("name", "check", "change", "reason"),
    [
        (ATTESTATIONS, shapes.attestation_rewards, take("data", "total_rewards", 0, "inactivity"), "inactivity"),
        (ATTESTATIONS, shapes.attestation_rewards, put("finalized", value=False), "not finalized"),
        (ATTESTATIONS, shapes.attestation_rewards, put("execution_optimistic", value=True), "optimistic"),
        (
            ATTESTATIONS,
            shapes.attestation_rewards,
            put("data", "total_rewards", 0, "target", value="32004123456"),
            "size of a balance",
        ),
        (
            ATTESTATIONS,
            shapes.attestation_rewards,
            put("data", "total_rewards", 0, "source", value="-32004123456"),
            "size of a balance",
        ),
        (ATTESTATIONS, shapes.attestation_rewards, put("data", "total_rewards", 0, "head", value=2408), "head"),
        (BLOCK_REWARDS, shapes.block_rewards, put("data", "total", value="1"), "do not sum"),
        (SYNC, shapes.sync_rewards, put("data", 0, "reward", value="1.5"), "reward"),
    ],
)
def test_a_nodes_rewards_are_whole_final_and_no_balances(
    name: str, check: Check, change: Callable[[Any], None], reason: str
) -> None:
    body = node(name)
    check(body)
    change(body)
    with pytest.raises(NotAcceptable, match=reason):
        check(body)


def test_a_null_from_a_node_is_no_answer_about_a_block_that_exists() -> None:
    with pytest.raises(NotAcceptable, match="knows no such block"):
        shapes.execution_block(None, number=1)
    with pytest.raises(NotAcceptable, match="knows no such block"):
        shapes.receipts(None, number=1)
