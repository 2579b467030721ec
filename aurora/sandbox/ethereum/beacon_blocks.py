"""Beacon blocks and headers as the node shows them."""

from __future__ import annotations

from typing import Any

from aurora.sandbox.ethereum.execution import BLOB_GAS, GAS_LIMIT
from aurora.sandbox.ethereum.validators import Validator
from aurora.sandbox.ethereum.view import EthereumView

_SIGNATURE_BYTES = 96


def decimal(value: Any) -> Any:
    """Numbers as decimal strings, as the API has them; booleans stay."""
    if isinstance(value, dict):
        return {name: decimal(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [decimal(inner) for inner in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class BeaconBlocks:
    """Builds the blocks of a world."""

    def __init__(self, view: EthereumView) -> None:
        self._view, self._world = view, view.world

    def header(self, slot: int) -> dict[str, Any]:
        """The ``data`` of a header."""
        hasher = self._world.hasher
        message = {**self._identity(slot), "body_root": hasher.hex(b"body", slot)}
        signature = hasher.hex(b"signature", slot, size=_SIGNATURE_BYTES)
        header = {"message": decimal(message), "signature": signature}
        return {"root": self._world.root(slot), "canonical": True, "header": header}

    def block(self, slot: int) -> dict[str, Any]:
        """The ``data`` of a block."""
        hasher, world = self._world.hasher, self._world
        payload = self._payload(slot)
        slashed = [self._slashing(slot)] if slot == world.slashing_slot else []
        blobs = [one for one in world.block(slot).transactions if one.kind == 3]
        body = {
            "randao_reveal": hasher.hex(b"randao", slot, size=_SIGNATURE_BYTES),
            "eth1_data": {
                "deposit_root": hasher.hex(b"deposit-root"),
                "deposit_count": 2_200_000,
                "block_hash": hasher.hex(b"eth1-block"),
            },
            "graffiti": hasher.hex(b"graffiti"),
            "proposer_slashings": slashed,
            "attester_slashings": [],
            "attestations": [],
            "deposits": [self._deposit(one, gwei) for one, gwei in world.deposits_at(slot)],
            "voluntary_exits": [],
            "sync_aggregate": {
                "sync_committee_bits": "0x" + "f" * 128,
                "sync_committee_signature": hasher.hex(b"sync-signature", slot, size=_SIGNATURE_BYTES),
            },
            "execution_payload": payload,
            "bls_to_execution_changes": [],
            "blob_kzg_commitments": [hasher.hex(b"kzg", slot, place, size=48) for place in range(len(blobs))],
            "execution_requests": {"deposits": [], "withdrawals": [], "consolidations": []},
        }
        message = decimal({**self._identity(slot), "body": body})
        return {"message": message, "signature": hasher.hex(b"signature", slot, size=_SIGNATURE_BYTES)}

    def _identity(self, slot: int) -> dict[str, Any]:
        world = self._world
        return {
            "slot": slot,
            "proposer_index": world.validators.all[world.production_of(slot).proposer(slot)].index,
            "parent_root": world.root(world.parent(slot)),
            "state_root": world.hasher.hex(b"state", slot),
        }

    def _payload(self, slot: int) -> dict[str, Any]:
        world, hasher, block = self._world, self._world.hasher, self._world.block(slot)
        blobs = sum(one.kind == 3 for one in block.transactions)
        return {
            "parent_hash": world.execution.hash_of(world.parent(slot)),
            "fee_recipient": block.fee_recipient,
            "state_root": hasher.hex(b"execution-state", slot),
            "receipts_root": hasher.hex(b"receipts", slot),
            "logs_bloom": "0x" + "0" * 512,
            "prev_randao": hasher.hex(b"prev-randao", slot),
            "block_number": block.number,
            "gas_limit": GAS_LIMIT,
            "gas_used": block.gas_used,
            "timestamp": world.calendar.time(slot),
            "extra_data": "0x73616e64626f78",
            "base_fee_per_gas": block.base_fee,
            "block_hash": block.hash,
            # Signed transactions as raw bytes, of which nothing is read here.
            "transactions": [f"0x0{one.kind}{one.hash[2:]}" for one in block.transactions],
            "withdrawals": withdrawals_of(self._view, slot),
            "blob_gas_used": blobs * BLOB_GAS,
            "excess_blob_gas": 0,
        }

    def _slashing(self, slot: int) -> dict[str, Any]:
        """Two headers of one slot, signed by the same validator."""
        hasher, validator = self._world.hasher, self._world.validators.of_role("slashed")

        def signed(place: int) -> dict[str, Any]:
            message = {
                "slot": slot - 1,
                "proposer_index": validator.index,
                "parent_root": self._world.root(slot - 2),
                "state_root": hasher.hex(b"double-state", place),
                "body_root": hasher.hex(b"double-body", place),
            }
            return {"message": message, "signature": hasher.hex(b"double", place, size=_SIGNATURE_BYTES)}

        return {"signed_header_1": signed(1), "signed_header_2": signed(2)}

    def _deposit(self, validator: Validator, gwei: int) -> dict[str, Any]:
        hasher = self._world.hasher
        prefix = "0x02" if validator.is_compounding else "0x01"
        return {
            "proof": [hasher.hex(b"proof", place) for place in range(33)],
            "data": {
                "pubkey": validator.public_key,
                "withdrawal_credentials": prefix + "0" * 22 + validator.withdrawal_address[2:],
                "amount": gwei,
                "signature": hasher.hex(b"deposit", validator.number, size=_SIGNATURE_BYTES),
            },
        }


def withdrawals_of(view: EthereumView, slot: int) -> list[dict[str, Any]]:
    """The withdrawals of a block as numbers: ``index``, ``validator_index``, ``address``, ``amount`` in gwei."""
    return [
        {
            # Rising from block to block; a mainnet block holds at most 16.
            "index": slot * 16 + place,
            "validator_index": one.index,
            "address": one.withdrawal_address,
            "amount": gwei,
        }
        for place, (one, gwei) in enumerate(view.world.withdrawals_at(slot))
    ]
