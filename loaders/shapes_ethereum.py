"""What the endpoints of Ethereum's providers promise, as `loaders.shapes` does for Solana's.

Strict where a field that money depends on is missing, of the wrong type, or cannot be: parts sum to their total, an
answer speaks of what was asked, and is final. Each check raises ``NotAcceptable``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from loaders.shapes import refuse

GWEI = 10**9
MOST_REWARD_GWEI = 4 * 10**9
"""No consensus reward of a validator in a slot or epoch comes near this; a balance, read by mistake, is above it."""

_UNSIGNED = re.compile(r"[0-9]{1,38}")
_SIGNED = re.compile(r"-?[0-9]{1,38}")
_HEX = re.compile(r"0x(0|[1-9a-f][0-9a-f]{0,31})")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_PUBLIC_KEY = re.compile(r"0x[0-9a-fA-F]{96}")
_U64 = 2**64 - 1


# beaconcha.in v2: wei as decimal strings, rows in `data`, pages by cursor.


def explorer_validators(body: object) -> None:
    """``validators``: a page of who the validators are, now."""
    for entry in _rows(_page(body), "data"):
        _explorer_validator(entry)
        _whole(_object(entry, "life_cycle_epochs"), "activation", is_optional=True)
        _whole(_object(entry, "life_cycle_epochs"), "exit", is_optional=True)
        _whole(_object(entry, "life_cycle_epochs"), "withdrawable", is_optional=True)
        for name in ("current", "effective"):
            _digits(_object(entry, "balances"), name)
        if not isinstance(entry.get("slashed"), bool):
            raise refuse("lacks slashed")


def explorer_proposals(body: object) -> None:
    """``validators/proposal-slots``: a page of slots, newest first."""
    for entry in _rows(_page(body), "data"):
        _explorer_validator(entry)
        _whole(entry, "slot")
        _whole(entry, "block", is_optional=True)


def explorer_block(body: object, *, number: int) -> None:
    """``block``."""
    data = _object(_page(body), "data")
    _whole(data, "block")
    if data["block"] != number:
        raise refuse(f"speaks of block {data['block']}, not {number}")
    _final(data)


def explorer_block_rewards(body: object, *, number: int) -> None:
    """``block/rewards``: priority fees, and the relay's value where one delivered the block."""
    data = _object(_page(body), "data")
    fees = _object(data, "priority_fees")
    _digits(fees, "amount")
    _matching(_object(fees, "recipient"), "address", _ADDRESS)
    if "mev" not in data:
        raise refuse("lacks mev")
    if data["mev"] is not None:
        mev = _object(data, "mev")
        _digits(mev, "amount")
        _matching(_object(mev, "recipient"), "address", _ADDRESS)
    reference = data.get("execution_reference")
    if isinstance(reference, dict) and reference.get("block") not in (None, number):
        raise refuse(f"speaks of block {reference['block']}, not {number}")
    _final(data)


def explorer_rewards(body: object, *, epoch: int) -> None:
    """``validators/rewards-list``: a page of one epoch's rewards, whose parts sum up."""
    page = _page(body)
    spoken = page.get("range")
    if isinstance(spoken, dict) and isinstance(spoken.get("epoch"), dict) and spoken["epoch"].get("end") is not None:
        _whole(spoken["epoch"], "end")
        if spoken["epoch"]["end"] != epoch:
            raise refuse(f"speaks of epoch {spoken['epoch']['end']}, not {epoch}")
    for entry in _rows(page, "data"):
        _explorer_validator(entry)
        _final(entry)
        attestation, sync, proposal = (_object(entry, name) for name in ("attestation", "sync_committee", "proposal"))
        parts = [_wei(part, "total") for part in (attestation, sync, proposal)]
        total, paid = _wei(entry, "total"), _wei(proposal, "execution_layer_reward")
        if sum(parts) != total:
            raise refuse("holds parts that do not sum to the total")
        included = ("attestation_inclusion_reward", "sync_inclusion_reward", "slashing_inclusion_reward")
        if paid + sum(_wei(proposal, name) for name in included) != parts[2]:
            raise refuse("holds a proposal whose parts do not sum to its total")
        _plausible((total - paid) // GWEI)
        _wei(_object(attestation, "source"), "penalty")


def explorer_range(body: object) -> None:
    """A view of ``validators`` that says which epoch runs."""
    _whole(_object(_object(_page(body), "range"), "epoch"), "end")
    explorer_validators(body)


# Beacon node: numbers as decimal strings in gwei, an envelope with `data`.


def checkpoints(body: object) -> None:
    """``finality_checkpoints``."""
    _number(_object(_object(_envelope(body), "data"), "finalized"), "epoch")


def header(body: object, *, slot: int | None = None) -> None:
    """``headers``."""
    message = _object(_object(_object(_object(_envelope(body), "data"), "header"), "message"), None)
    _number(message, "slot")
    _number(message, "proposer_index")
    if slot is not None and int(message["slot"]) != slot:
        raise refuse(f"speaks of slot {message['slot']}, not {slot}")


def duties(body: object, *, slots: range) -> None:
    """``duties/proposer`` of an epoch: one for each slot."""
    rows = _rows(_envelope(body), "data")
    for entry in rows:
        _matching(entry, "pubkey", _PUBLIC_KEY)
        _number(entry, "slot")
    if sorted(int(entry["slot"]) for entry in rows) != list(slots):
        raise refuse(f"lacks a duty for each of the slots {slots.start} to {slots.stop - 1}")


def beacon_block(body: object, *, slot: int) -> None:
    """``blocks``: with its execution payload."""
    message = _object(_object(_final_envelope(body), "data"), "message")
    _number(message, "slot")
    _number(message, "proposer_index")
    if int(message["slot"]) != slot:
        raise refuse(f"speaks of slot {message['slot']}, not {slot}")
    payload = _object(_object(message, "body"), "execution_payload")
    _number(payload, "block_number")
    _matching(payload, "block_hash", _HASH)
    _matching(payload, "fee_recipient", _ADDRESS)
    for withdrawal in _rows(payload, "withdrawals") if "withdrawals" in payload else ():
        _number(withdrawal, "validator_index")
        _number(withdrawal, "amount")
    for deposit in _rows(_object(message, "body"), "deposits"):
        _matching(_object(deposit, "data"), "pubkey", _PUBLIC_KEY)
        _number(_object(deposit, "data"), "amount")


def node_validators(body: object) -> None:
    """``validators`` of a state."""
    for entry in _rows(_envelope(body), "data"):
        _number(entry, "index")
        _number(entry, "balance")
        validator = _object(entry, "validator")
        _matching(validator, "pubkey", _PUBLIC_KEY)
        if not isinstance(validator.get("slashed"), bool):
            raise refuse("lacks slashed")
        for name in ("effective_balance", "activation_epoch", "exit_epoch", "withdrawable_epoch"):
            _number(validator, name)


def attestation_rewards(body: object) -> None:
    """``rewards/attestations`` of an epoch. A client that leaves inactivity out during a leak is incomplete."""
    for entry in _rows(_object(_final_envelope(body), "data"), "total_rewards"):
        _number(entry, "validator_index")
        for name in ("head", "target", "source", "inactivity"):
            _reward(entry, name)
        if entry.get("inclusion_delay") is not None:
            _reward(entry, "inclusion_delay")


def block_rewards(body: object) -> None:
    """``rewards/blocks``, whose parts sum up."""
    data = _object(_final_envelope(body), "data")
    _number(data, "proposer_index")
    parts = [
        _reward(data, name) for name in ("attestations", "sync_aggregate", "proposer_slashings", "attester_slashings")
    ]
    if sum(parts) != _reward(data, "total"):
        raise refuse("holds parts that do not sum to the total")


def sync_rewards(body: object) -> None:
    """``rewards/sync_committee`` of a slot."""
    for entry in _rows(_final_envelope(body), "data"):
        _number(entry, "validator_index")
        _reward(entry, "reward")


def balances(body: object) -> None:
    """``validator_balances`` of a state."""
    for entry in _rows(_envelope(body), "data"):
        _number(entry, "index")
        _number(entry, "balance")


# Execution JSON-RPC: quantities in 0x hex.


def execution_block(result: object, *, number: int | None = None) -> None:
    """``eth_getBlockByNumber``; null is no answer about a block that is known to exist."""
    if result is None:
        raise refuse("knows no such block")
    block = _object(result, None)
    for name in ("number", "timestamp", "baseFeePerGas"):
        _matching(block, name, _HEX)
    _matching(block, "hash", _HASH)
    _matching(block, "miner", _ADDRESS)
    if number is not None and int(block["number"], 16) != number:
        raise refuse(f"speaks of block {int(block['number'], 16)}, not {number}")
    transactions = block.get("transactions")
    if not isinstance(transactions, list):
        raise refuse("lacks the list transactions")
    if transactions and isinstance(transactions[-1], dict):
        _matching(transactions[-1], "from", _ADDRESS)
        _matching(transactions[-1], "value", _HEX)


def receipts(result: object, *, number: int) -> None:
    """``eth_getBlockReceipts``; null is no answer."""
    if not isinstance(result, list):
        raise refuse("knows no such block")
    for receipt in result:
        entry = _object(receipt, None)
        for name in ("gasUsed", "effectiveGasPrice", "blockNumber"):
            _matching(entry, name, _HEX)
        _matching(entry, "blockHash", _HASH)
        if int(entry["blockNumber"], 16) != number:
            raise refuse(f"speaks of block {int(entry['blockNumber'], 16)}, not {number}")


# Relays: numbers as decimal strings in wei, a bare list.


def payloads_delivered(body: object, *, slot: int) -> None:
    """``proposer_payload_delivered`` of a slot; empty where the relay delivered nothing."""
    if not isinstance(body, list):
        raise refuse("is no list of payloads")
    for trace in body:
        entry = _object(trace, None)
        for name in ("slot", "block_number", "value"):
            _digits(entry, name)
        _matching(entry, "block_hash", _HASH)
        _matching(entry, "proposer_fee_recipient", _ADDRESS)
        if int(entry["slot"]) != slot:
            raise refuse(f"speaks of slot {entry['slot']}, not {slot}")


# Solana Beach.


def beach_history(body: object) -> None:
    """``block-rewards-history``: a page of epochs, fees in lamports."""
    for entry in _rows(_page(body), "history"):
        _whole(entry, "epoch")
        _whole(entry, "blocks")
        _whole(entry, "fees")


def _page(body: object) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise refuse("is no object")
    return body


def _envelope(body: object) -> Mapping[str, Any]:
    page = _page(body)
    if page.get("execution_optimistic") is True:
        raise refuse("is optimistic: the node has not verified it")
    return page


def _final_envelope(body: object) -> Mapping[str, Any]:
    page = _envelope(body)
    if page.get("finalized") is False:
        raise refuse("is not finalized")
    return page


def _final(entry: Mapping[str, Any]) -> None:
    if entry.get("finality") != "finalized":
        raise refuse("is not finalized")


def _explorer_validator(entry: Mapping[str, Any]) -> None:
    validator = _object(entry, "validator")
    _matching(validator, "public_key", _PUBLIC_KEY)
    _whole(validator, "index")


def _object(value: object, name: str | None) -> Mapping[str, Any]:
    found = value.get(name) if isinstance(value, dict) and name is not None else value
    if not isinstance(found, dict):
        raise refuse(f"lacks the object {name}" if name else "holds no object where one belongs")
    return found


def _rows(page: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = page.get(name)
    if not isinstance(rows, list):
        raise refuse(f"lacks the list {name}")
    return [_object(row, None) for row in rows]


def _whole(entry: Mapping[str, Any], name: str, *, is_optional: bool = False) -> None:
    value = entry.get(name)
    if value is None and is_optional:
        return
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _U64:
        raise refuse(f"lacks {name} as a whole number")


def _matching(entry: Mapping[str, Any], name: str, form: re.Pattern[str]) -> None:
    value = entry.get(name)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise refuse(f"lacks {name} in its form")


def _digits(entry: Mapping[str, Any], name: str) -> None:
    _matching(entry, name, _UNSIGNED)


def _wei(entry: Mapping[str, Any], name: str) -> int:
    _matching(entry, name, _SIGNED)
    return int(entry[name])


def _number(entry: Mapping[str, Any], name: str) -> None:
    _digits(entry, name)
    if int(entry[name]) > _U64:
        raise refuse(f"lacks {name} as a number of 64 bits")


def _reward(entry: Mapping[str, Any], name: str) -> int:
    """A signed amount in gwei that can be a reward."""
    _matching(entry, name, _SIGNED)
    amount = int(entry[name])
    _plausible(amount)
    return amount


def _plausible(gwei: int) -> None:
    if abs(gwei) > MOST_REWARD_GWEI:
        raise refuse("holds a reward of the size of a balance")
