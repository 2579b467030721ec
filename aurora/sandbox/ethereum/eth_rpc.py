"""The execution node's JSON-RPC: blocks, receipts, balances (ethereum/execution-apis)."""

from __future__ import annotations

from typing import Any

from aurora.sandbox.ethereum.beacon_blocks import withdrawals_of
from aurora.sandbox.ethereum.execution import BLOB_GAS, GAS_LIMIT, Block, Transaction
from aurora.sandbox.ethereum.view import EthereumView
from aurora.sandbox.solana.rpc_errors import RpcError

_EMPTY_UNCLES = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"
_BLOOM = "0x" + "0" * 512
_BLOB_TYPE = 3


class EthRpc:
    """Answers calls; what is not there is null."""

    def __init__(self, view: EthereumView) -> None:
        self._view, self._world = view, view.world
        self._methods = {
            "eth_chainId": lambda _: "0x1",
            "eth_blockNumber": lambda _: hex(self._number(self._tagged("latest"))),
            "eth_getBlockByNumber": self._block_by_number,
            "eth_getBlockReceipts": self._receipts,
            "eth_getBalance": self._balance,
        }

    def call(self, method: str, params: Any) -> Any:
        """The result of a call.

        Raises:
            RpcError: no such method, or parameters that cannot be.
        """
        act = self._methods.get(method)
        if act is None:
            raise RpcError(-32601, f"the method {method} does not exist/is not available")
        if not isinstance(params, list):
            raise RpcError(-32602, "non-array args")
        return act(params)

    def _number(self, slot: int) -> int:
        return self._world.production_of(slot).number_of[slot]

    def _tagged(self, tag: str) -> int:
        """The slot of the block that a tag names."""
        view, calendar = self._view, self._world.calendar
        newest = {
            "latest": view.clock.head_slot,
            "pending": view.clock.head_slot,
            "safe": calendar.slots_of(view.clock.finalized_epoch + 1)[-1],
            "finalized": view.last_finalized_slot(),
        }
        if tag not in newest:
            raise RpcError(-32602, "invalid argument 0: hex string without 0x prefix")
        return view.last_block(newest[tag])

    def _slot(self, params: list[Any]) -> int | None:
        """The slot of the block that the first parameter names; None where there is none."""
        asked = params[0] if params else None
        if not isinstance(asked, str):
            raise RpcError(-32602, "missing value for required argument 0")
        if not asked.startswith("0x"):
            return self._tagged(asked)
        try:
            number = int(asked, 16)
        except ValueError:
            raise RpcError(-32602, "invalid argument 0: invalid hex string") from None
        return self._world.slot_of_number(number, up_to=self._view.clock.head_slot)

    def _block_by_number(self, params: list[Any]) -> Any:
        if len(params) != 2 or not isinstance(params[1], bool):
            raise RpcError(-32602, "missing value for required argument 1")
        slot = self._slot(params)
        if slot is None:
            return None
        world, hasher, block = self._world, self._world.hasher, self._world.block(slot)
        blobs = sum(one.kind == _BLOB_TYPE for one in block.transactions)
        time = world.calendar.time(slot)
        return {
            "hash": block.hash,
            "parentHash": world.execution.hash_of(world.parent(slot)),
            "sha3Uncles": _EMPTY_UNCLES,
            "miner": block.fee_recipient,
            "stateRoot": hasher.hex(b"execution-state", slot),
            "transactionsRoot": hasher.hex(b"transactions-root", slot),
            "receiptsRoot": hasher.hex(b"receipts", slot),
            "logsBloom": _BLOOM,
            "difficulty": "0x0",
            "number": hex(block.number),
            "gasLimit": hex(GAS_LIMIT),
            "gasUsed": hex(block.gas_used),
            "timestamp": hex(time),
            "extraData": "0x73616e64626f78",
            "mixHash": hasher.hex(b"prev-randao", slot),
            "nonce": "0x0000000000000000",
            "baseFeePerGas": hex(block.base_fee),
            "withdrawalsRoot": hasher.hex(b"withdrawals", slot),
            "blobGasUsed": hex(blobs * BLOB_GAS),
            "excessBlobGas": "0x0",
            "parentBeaconBlockRoot": world.root(world.parent(slot)),
            "size": hex(1_000 + 200 * len(block.transactions)),
            "uncles": [],
            "transactions": [
                self._transaction(block, place, time=time) if params[1] else one.hash
                for place, one in enumerate(block.transactions)
            ],
            "withdrawals": [
                {
                    "index": hex(one["index"]),
                    "validatorIndex": hex(one["validator_index"]),
                    "address": one["address"],
                    "amount": hex(one["amount"]),
                }
                for one in withdrawals_of(self._view, slot)
            ],
        }

    def _transaction(self, block: Block, place: int, *, time: int) -> dict[str, Any]:
        one, hasher = block.transactions[place], self._world.hasher
        price = hex(block.base_fee + one.tip)
        shown: dict[str, Any] = {
            "blockHash": block.hash,
            "blockNumber": hex(block.number),
            "blockTimestamp": hex(time),
            "from": one.sender,
            "gas": hex(one.gas_used),
            "gasPrice": price,
            "hash": one.hash,
            "input": "0x",
            "nonce": hex(block.slot % 10_000),
            "to": one.recipient,
            "transactionIndex": hex(place),
            "value": hex(one.value),
            "type": hex(one.kind),
            "chainId": "0x1",
            "v": "0x1",
            "r": hasher.hex(b"r", block.slot, place),
            "s": hasher.hex(b"s", block.slot, place),
        }
        if one.kind:
            shown |= {"accessList": [], "yParity": "0x1"}
        if one.kind >= 2:
            shown |= {"maxFeePerGas": price, "maxPriorityFeePerGas": hex(one.tip)}
        if one.kind == _BLOB_TYPE:
            shown |= {
                "maxFeePerBlobGas": "0x3b9aca00",
                "blobVersionedHashes": ["0x01" + hasher.hex(b"blob", block.slot, place, size=31)[2:]],
            }
        return shown

    def _receipts(self, params: list[Any]) -> Any:
        slot = self._slot(params)
        if slot is None:
            return None
        block, receipts, gas = self._world.block(slot), [], 0
        for place, one in enumerate(block.transactions):
            gas += one.gas_used
            receipts.append(self._receipt(block, place, one, cumulative=gas))
        return receipts

    @staticmethod
    def _receipt(block: Block, place: int, one: Transaction, *, cumulative: int) -> dict[str, Any]:
        receipt: dict[str, Any] = {
            "type": hex(one.kind),
            "status": hex(one.is_successful),
            "cumulativeGasUsed": hex(cumulative),
            "logs": [],
            "logsBloom": _BLOOM,
            "transactionHash": one.hash,
            "transactionIndex": hex(place),
            "blockHash": block.hash,
            "blockNumber": hex(block.number),
            "gasUsed": hex(one.gas_used),
            "effectiveGasPrice": hex(block.base_fee + one.tip),
            "from": one.sender,
            "to": one.recipient,
            "contractAddress": None,
        }
        if one.kind == _BLOB_TYPE:
            # Burned: no part of anybody's income.
            receipt |= {"blobGasUsed": hex(BLOB_GAS), "blobGasPrice": "0x989681"}
        return receipt

    def _balance(self, params: list[Any]) -> Any:
        if len(params) != 2 or not isinstance(params[0], str):
            raise RpcError(-32602, "missing value for required argument 1")
        if self._slot(params[1:]) is None:
            raise RpcError(-32000, "header not found")
        account = int(params[0][2:18] or "0", 16)
        return hex(self._world.hasher.number(b"balance", account) % 10**19)
