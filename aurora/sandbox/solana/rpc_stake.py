"""JSON-RPC methods about stake accounts and their rewards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aurora.sandbox.keys import unbase58
from aurora.sandbox.solana.accounts import RENT_EXEMPT_LAMPORTS, U64_MAX, StakeAccount
from aurora.sandbox.solana.blocks import Blocks
from aurora.sandbox.solana.rpc_errors import RpcError, cleaned_up, invalid_params, not_available
from aurora.sandbox.solana.view import View

STAKE_PROGRAM = "Stake11111111111111111111111111111111111111"
MAX_ADDRESSES = 1_000
_VOTER_OFFSET, _WITHDRAWER_OFFSET = 124, 44
_STAKE_BYTES = 200
_SYSTEM_PROGRAM = "11111111111111111111111111111111"


class StakeMethods:
    """``getInflationReward`` and ``getProgramAccounts`` of the stake program."""

    def __init__(self, view: View, blocks: Blocks) -> None:
        self._view = view
        self._world = view.world
        self._blocks = blocks

    def get_inflation_reward(self, params: list[Any]) -> list[dict[str, Any] | None]:
        """An entry or null for each address, in order.

        Raises:
            RpcError: -32602, -32001, -32004 before the epoch's boundary block exists, -32017 while it is paid out.
        """
        addresses = params[0] if params and isinstance(params[0], list) else None
        if addresses is None or not all(isinstance(address, str) for address in addresses):
            raise invalid_params("Invalid params: invalid type, expected a sequence of strings")
        if len(addresses) > MAX_ADDRESSES:
            raise invalid_params(f"Too many inputs provided; max {MAX_ADDRESSES}")
        options = params[1] if len(params) > 1 and isinstance(params[1], dict) else {}
        epoch = options.get("epoch")
        epoch = self._view.clock.epoch - 1 if epoch is None else epoch
        targets = [self._target(address) for address in addresses]
        self._require_rewards(epoch, has_others=any(kind != "vote" for kind, _ in targets))
        return [self._reward(kind, number, epoch) for kind, number in targets]

    def _target(self, address: str) -> tuple[str, int]:
        accounts = self._world.accounts
        validator = accounts.index_of_vote.get(address)
        if validator is not None:
            return "vote", validator
        try:
            number = accounts.number_at(address)
        except ValueError:
            raise invalid_params("Invalid param: Invalid") from None
        return ("unknown", 0) if number is None else ("stake", number)

    def _require_rewards(self, epoch: int, *, has_others: bool) -> None:
        slots, clock = self._world.slots, self._view.clock
        if epoch + 1 < self._world.scale.first_epoch:
            raise cleaned_up(slots.first_slot(epoch + 1), self._view.first_available_slot)
        state = self._view.reward_state(epoch)
        if state == "before":
            raise not_available(slots.first_slot(epoch + 1))
        if state == "paying" and has_others:
            done = self._world.last_payout_slot(epoch)
            data = {
                "currentBlockHeight": slots.height(clock.head_slot),
                "rewardsCompleteBlockHeight": slots.height(max(done, clock.head_slot + 1)),
                "slot": clock.head_slot,
            }
            raise RpcError(-32017, f"Epoch rewards period still active at slot {clock.head_slot}", data)

    def _reward(self, kind: str, number: int, epoch: int) -> dict[str, Any] | None:
        world = self._world
        if kind == "vote":
            amount = world.commission(number, epoch)
            slot, balance = world.slots.first_block(epoch + 1), world.vote_balance(number, epoch)
            validator = number
        elif kind == "stake":
            account = world.accounts.account(number)
            amount = world.split_reward(account, epoch)[1] or None
            slot = world.payout_slot(account, epoch)
            balance, validator = self._blocks.stake_balance(account, epoch), account.validator
        else:
            return None
        if amount is None:
            return None
        return {
            "amount": amount,
            **self._blocks.rate_fields(validator, epoch),
            "effectiveSlot": slot,
            "epoch": epoch,
            "postBalance": balance + amount,
        }

    def get_program_accounts(self, params: list[Any]) -> list[dict[str, Any]] | dict[str, Any]:
        """The stake accounts of a vote account (memcmp at 124), as they are now, jsonParsed."""
        if not params or params[0] != STAKE_PROGRAM:
            return []
        options = params[1] if len(params) > 1 and isinstance(params[1], dict) else {}
        if options.get("encoding") != "jsonParsed":
            raise invalid_params("Encoded binary (base 58) data should be less than 128 bytes, please use jsonParsed")
        filters = options.get("filters") or []
        if len(filters) > 4:
            raise invalid_params("Too many filters provided; max 4")
        found = [self._as_program_account(account) for account in self._matching(filters)]
        if options.get("withContext"):
            return {"context": {"apiVersion": "2.3.7", "slot": self._view.clock.head_slot}, "value": found}
        return found

    def _matching(self, filters: list[dict[str, Any]]) -> Iterator[StakeAccount]:
        voter = withdrawer = None
        for wanted in filters:
            if "dataSize" in wanted and wanted["dataSize"] != _STAKE_BYTES:
                return
            compared = wanted.get("memcmp") or {}
            key = _key(compared["bytes"]) if compared else None
            if compared.get("offset") == _VOTER_OFFSET:
                voter = key
            elif compared.get("offset") == _WITHDRAWER_OFFSET:
                withdrawer = key
            elif compared:
                raise invalid_params("Invalid param: the sandbox compares at offsets 124 (voter) and 44 (withdrawer)")
        accounts, epoch = self._world.accounts, self._view.clock.epoch
        if voter is None and accounts.count > 100_000:
            raise RpcError(
                -32010,
                f"{STAKE_PROGRAM} excluded from account secondary indexes; this RPC method unavailable for key",
            )
        index = accounts.index_of_vote.get(voter) if voter is not None else None
        if voter is not None and index is None:
            return
        numbers = range(accounts.count) if index is None else accounts.numbers_of(index)
        for account in map(accounts.account, numbers):
            if account.exists(epoch) and withdrawer in (None, accounts.withdrawer(account)):
                yield account

    def _as_program_account(self, account: StakeAccount) -> dict[str, Any]:
        accounts, epoch = self._world.accounts, self._view.clock.epoch
        stake = accounts.stake(account, epoch)
        delegation = {
            "activationEpoch": str(account.activation_epoch),
            "deactivationEpoch": str(account.deactivation_epoch),
            "stake": str(stake),
            "voter": accounts.votes[account.validator],
            "warmupCooldownRate": 0.25,
        }
        info = {
            "meta": {
                "authorized": {"staker": accounts.staker(account), "withdrawer": accounts.withdrawer(account)},
                "lockup": {"custodian": _SYSTEM_PROGRAM, "epoch": 0, "unixTimestamp": 0},
                "rentExemptReserve": str(RENT_EXEMPT_LAMPORTS),
            },
            "stake": {"creditsObserved": 6_900_000 * (epoch - 700), "delegation": delegation},
        }
        return {
            "account": {
                "data": {"parsed": {"info": info, "type": "delegated"}, "program": "stake", "space": _STAKE_BYTES},
                "executable": False,
                "lamports": stake + RENT_EXEMPT_LAMPORTS,
                "owner": STAKE_PROGRAM,
                "rentEpoch": U64_MAX,
                "space": _STAKE_BYTES,
            },
            "pubkey": accounts.address(account.number),
        }


def _key(text: object) -> str:
    if not isinstance(text, str):
        raise invalid_params("Invalid param: bytes must be base58 text")
    try:
        unbase58(text)
    except ValueError:
        raise invalid_params("Invalid param: could not decode bytes") from None
    return text
