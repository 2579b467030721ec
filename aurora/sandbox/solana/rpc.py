"""The JSON-RPC methods that Aurora's loaders ask a Solana node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aurora.sandbox.solana.blocks import Blocks
from aurora.sandbox.solana.rpc_errors import RpcError, cleaned_up, invalid_params, not_available, skipped
from aurora.sandbox.solana.rpc_stake import StakeMethods
from aurora.sandbox.solana.rpc_votes import VoteMethods
from aurora.sandbox.solana.view import View

_MAX_RANGE = 500_000
_LONG_TERM_EPOCHS = 2
NODE_VERSION = {"feature-set": 3_640_012_085, "solana-core": "2.3.7"}


class SolanaRpc:
    """Answers calls from the world, as far as the clock lets it be seen."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._world = view.world
        self._blocks = Blocks(view.world)
        stake, votes = StakeMethods(view, self._blocks), VoteMethods(view)
        self._methods: dict[str, Callable[[list[Any]], Any]] = {
            "getBlock": self._get_block,
            "getBlockProduction": votes.get_block_production,
            "getBlockTime": self._get_block_time,
            "getBlocks": self._get_blocks,
            "getBlocksWithLimit": self._get_blocks_with_limit,
            "getEpochInfo": self._get_epoch_info,
            "getEpochSchedule": self._get_epoch_schedule,
            "getHealth": lambda _: "ok",
            "getInflationRate": self._get_inflation_rate,
            "getInflationReward": stake.get_inflation_reward,
            "getLeaderSchedule": votes.get_leader_schedule,
            "getProgramAccounts": stake.get_program_accounts,
            "getSlot": lambda _: self._view.clock.head_slot,
            "getVersion": lambda _: dict(NODE_VERSION),
            "getVoteAccounts": votes.get_vote_accounts,
        }

    def call(self, method: str, params: object) -> Any:
        """The ``result`` of one call.

        Raises:
            RpcError: what the node answers instead.
        """
        handler = self._methods.get(method)
        if handler is None:
            raise RpcError(-32601, "Method not found")
        if not isinstance(params, list):
            raise invalid_params("Invalid params: invalid type, expected a sequence")
        return handler(params)

    def _get_epoch_info(self, _: list[Any]) -> dict[str, int]:
        clock = self._view.clock
        return {
            "absoluteSlot": clock.head_slot,
            "blockHeight": self._world.slots.height(clock.head_slot),
            "epoch": clock.epoch,
            "slotIndex": clock.slot_index,
            "slotsInEpoch": clock.slots_per_epoch,
            "transactionCount": 1_217 * clock.head_slot,
        }

    def _get_epoch_schedule(self, _: list[Any]) -> dict[str, Any]:
        slots = self._world.scale.slots_per_epoch
        return {
            "firstNormalEpoch": 0,
            "firstNormalSlot": 0,
            "leaderScheduleSlotOffset": slots,
            "slotsPerEpoch": slots,
            "warmup": False,
        }

    def _get_inflation_rate(self, _: list[Any]) -> dict[str, Any]:
        rate = 0.04336960322071869
        return {"epoch": self._view.clock.epoch, "foundation": 0.0, "total": rate, "validator": rate}

    def _get_block(self, params: list[Any]) -> dict[str, Any]:
        slot, options = _slot(params), _options(params, 1)
        self._require_block(slot)
        block = self._blocks.block(slot, with_rewards=options.get("rewards", True) is not False)
        details = options.get("transactionDetails", "full")
        if details == "signatures":
            block["signatures"] = []
        elif details != "none":
            block["transactions"] = []
        return block

    def _get_block_time(self, params: list[Any]) -> int:
        slot = _slot(params)
        self._require_block(slot)
        return self._world.slots.time(slot)

    def _require_block(self, slot: int) -> None:
        if slot > self._view.clock.head_slot:
            raise not_available(slot)
        if slot < self._view.first_available_slot:
            raise cleaned_up(slot, self._view.first_available_slot)
        if not self._world.slots.is_produced(slot):
            epochs_ago = self._view.clock.epoch - self._world.slots.epoch_of(slot)
            raise skipped(slot, is_long_ago=epochs_ago > _LONG_TERM_EPOCHS)

    def _get_blocks(self, params: list[Any]) -> list[int]:
        first = _slot(params)
        last = params[1] if len(params) > 1 and isinstance(params[1], int) else first + _MAX_RANGE
        if last - first > _MAX_RANGE:
            raise invalid_params(f"Slot range too large; max {_MAX_RANGE}")
        first, last = max(first, self._view.first_available_slot), min(last, self._view.clock.head_slot)
        return [slot for slot in range(first, last + 1) if self._world.slots.is_produced(slot)]

    def _get_blocks_with_limit(self, params: list[Any]) -> list[int]:
        slot = max(_slot(params), self._view.first_available_slot)
        limit = params[1] if len(params) > 1 else None
        if not isinstance(limit, int) or limit < 0:
            raise invalid_params("Invalid params: invalid type, expected usize")
        if limit > _MAX_RANGE:
            raise invalid_params(f"Limit too large; max {_MAX_RANGE}")
        found: list[int] = []
        while len(found) < limit and slot <= self._view.clock.head_slot:
            if self._world.slots.is_produced(slot):
                found.append(slot)
            slot += 1
        return found


def _slot(params: list[Any]) -> int:
    if not params or not isinstance(params[0], int) or isinstance(params[0], bool) or params[0] < 0:
        raise invalid_params("Invalid params: invalid type, expected u64")
    return params[0]


def _options(params: list[Any], place: int) -> dict[str, Any]:
    options = params[place] if len(params) > place else None
    return options if isinstance(options, dict) else {}
