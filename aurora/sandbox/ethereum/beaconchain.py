"""beaconcha.in's API v2: POST with a key, wei as strings, pages by cursor."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from aurora.sandbox.ethereum.beaconchain_rewards import rewards_row
from aurora.sandbox.ethereum.checksum import checksummed
from aurora.sandbox.ethereum.execution import BLOB_GAS, GAS_LIMIT, ZERO_ADDRESS
from aurora.sandbox.ethereum.validators import FAR_FUTURE_EPOCH, Validator
from aurora.sandbox.ethereum.view import EthereumView
from aurora.sandbox.exchange import Exchange
from aurora.sandbox.reply import Reply

API_KEY = "sandbox-beaconchain-key"
_MOST_IDENTIFIERS = 20
_DEFAULT_PAGE, _LARGEST_PAGE = 10, 100
_WEI_PER_GWEI = 10**9
_ALLOWED = "100000"
# As recorded, with limits that are never reached.
HEADERS = {
    "ratelimit-bucket": "default",
    "ratelimit-limit": _ALLOWED,
    "ratelimit-remaining": "99999",
    "ratelimit-reset": "1",
    "ratelimit-validapikey": "true",
    "ratelimit-window": "second",
    **{f"x-ratelimit-limit-{window}": _ALLOWED for window in ("second", "minute", "hour", "day", "month")},
    **{f"x-ratelimit-remaining-{window}": "99999" for window in ("second", "minute", "hour", "day", "month")},
}


class BeaconchainError(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class Beaconchain:
    """Answers requests below ``/api/v2/ethereum``."""

    def __init__(self, view: EthereumView) -> None:
        self._view, self._world = view, view.world
        self._routes: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
            "validators": ("validators", self._validators),
            "validators/proposal-slots": ("proposal_slots", self._proposal_slots),
            "validators/rewards-list": ("rewards_list", self._rewards_list),
            "block": ("block", self._block),
            "block/rewards": ("block_rewards", self._block_rewards),
        }

    def route(self, exchange: Exchange) -> str:
        """The endpoint's name in the loaders' vocabulary."""
        return self._routes.get(exchange.path, (exchange.path, None))[0]

    def answer(self, exchange: Exchange) -> Reply:
        """The answer to a request."""
        try:
            return Reply(self._value(exchange), headers=HEADERS)
        except BeaconchainError as error:
            return Reply({"error": error.message}, status=error.status, headers=HEADERS)

    def _value(self, exchange: Exchange) -> Any:
        if exchange.authorization != f"Bearer {API_KEY}":
            raise BeaconchainError(401, "unauthorized: missing or invalid api key")
        found = self._routes.get(exchange.path)
        if found is None:
            raise BeaconchainError(404, "not found")
        if exchange.method != "POST":
            raise BeaconchainError(405, "method not allowed")
        try:
            body = json.loads(exchange.body)
        except ValueError:
            body = None
        if not isinstance(body, dict) or body.get("chain") != "mainnet":
            raise BeaconchainError(400, "bad request: chain must be one of mainnet, hoodi")
        return found[1](body)

    def _asked(self, body: dict[str, Any]) -> list[Validator]:
        """The validators of a selector, by index; who is unknown is silently absent."""
        selector = body.get("validator")
        identifiers = selector.get("validator_identifiers") if isinstance(selector, dict) else None
        if not isinstance(identifiers, list) or not identifiers:
            raise BeaconchainError(400, "bad request: validator_identifiers must hold at least one validator")
        if len(identifiers) > _MOST_IDENTIFIERS:
            raise BeaconchainError(
                403,
                f"number of validator identifiers exceeds allowed limit of {_MOST_IDENTIFIERS} "
                "for your current subscription",
            )
        # A number in quotes is no index here, but a malformed key.
        for one in identifiers:
            if not (type(one) is int or (isinstance(one, str) and one.startswith("0x") and len(one) == 98)):
                raise BeaconchainError(400, f"bad request: invalid validator identifier {one!r}")
        found = (self._world.validators.find(one) for one in identifiers)
        known = {one.index: one for one in found if one is not None and self._is_known(one)}
        return [known[index] for index in sorted(known)]

    def _is_known(self, validator: Validator) -> bool:
        return self._world.exists(validator, self._view.clock.head_slot)

    @staticmethod
    def _page(body: dict[str, Any], name: str) -> tuple[int, int | None]:
        """(page size, where the page before ended) of a request."""
        size = body.get("page_size", _DEFAULT_PAGE)
        if type(size) is not int or not 1 <= size <= _LARGEST_PAGE:
            raise BeaconchainError(400, f"bad request: page_size must be between 1 and {_LARGEST_PAGE}")
        cursor = body.get("cursor") or ""
        if not cursor:
            return size, None
        try:
            held = json.loads(urlsafe_b64decode(str(cursor) + "=" * (-len(str(cursor)) % 4)))
            return size, int(held[name])
        except (ValueError, KeyError, TypeError):
            raise BeaconchainError(400, "bad request: invalid cursor") from None

    @staticmethod
    def _cursor(name: str, value: int) -> str:
        return urlsafe_b64encode(json.dumps({name: value}, separators=(",", ":")).encode()).decode().rstrip("=")

    def _after(self, body: dict[str, Any], validators: list[Validator]) -> tuple[list[Validator], str]:
        """(a page of validators by index, the next cursor or nothing)."""
        size, after = self._page(body, "i")
        rest = [one for one in validators if after is None or one.index > after]
        page = rest[:size]
        return page, self._cursor("i", page[-1].index) if len(rest) > size else ""

    def _range(self, first_epoch: int, last_epoch: int, *, last_slot: int | None = None) -> dict[str, Any]:
        calendar = self._world.calendar
        slots = calendar.slots_of(first_epoch).start, calendar.slots_of(last_epoch)[-1]
        end = slots[1] if last_slot is None else last_slot
        return {
            "slot": {"start": slots[0], "end": end},
            "epoch": {"start": first_epoch, "end": last_epoch},
            "timestamp": {"start": calendar.time(slots[0]), "end": calendar.time(end + 1) - 1},
        }

    def _finality(self, slot: int) -> str:
        return "finalized" if self._view.is_finalized(slot) else "not_finalized"

    @staticmethod
    def _who(validator: Validator) -> dict[str, Any]:
        return {"index": validator.index, "public_key": validator.public_key}

    def _validators(self, body: dict[str, Any]) -> Any:
        page, cursor = self._after(body, self._asked(body))
        epoch = self._view.clock.epoch
        rows = [self._validator(one) for one in page]
        return {"data": rows, "paging": {"next_cursor": cursor}, "range": self._range(epoch, epoch)}

    def _validator(self, one: Validator) -> dict[str, Any]:
        view, slot = self._view, self._view.clock.head_slot
        exit_epoch, withdrawable = view.leaves(one, slot)
        prefix = "0x02" if one.is_compounding else "0x01"
        status = view.status(one, slot)
        is_online = None
        if status.startswith("active"):
            is_online = any(self._world.rewards.participation(one, view.clock.epoch - back)[0] for back in (2, 3))
        return {
            "validator": self._who(one),
            "slashed": view.is_slashed(one, slot),
            "status": status,
            "online": is_online,
            "withdrawal_credentials": {
                "type": "execution_address" if prefix == "0x01" else "compounding",
                "prefix": prefix,
                "credential": prefix + "0" * 22 + one.withdrawal_address[2:],
                "address": checksummed(one.withdrawal_address),
            },
            "life_cycle_epochs": {
                "activation_eligibility": one.eligibility_epoch,
                "activation": one.activation_epoch,
                "exit": None if exit_epoch == FAR_FUTURE_EPOCH else exit_epoch,
                "withdrawable": None if withdrawable == FAR_FUTURE_EPOCH else withdrawable,
            },
            "balances": {
                "current": str(self._world.balance(one, slot) * _WEI_PER_GWEI),
                "effective": str(view.effective(one, slot) * _WEI_PER_GWEI),
            },
            "finality": "not_finalized",
        }

    def _proposal_slots(self, body: dict[str, Any]) -> Any:
        """Newest first, down to the world's first slot; a missed slot has no block."""
        calendar, clock = self._world.calendar, self._view.clock
        asked = {one.number: one for one in self._asked(body)}
        size, before = self._page(body, "s")
        rows: list[tuple[int, Validator]] = []
        day = calendar.day_of_slot(clock.head_slot if before is None else min(before, clock.head_slot))
        while calendar.number_of_day(day) >= 0 and len(rows) <= size:
            proposals = self._world.production(day).proposals
            slots = [(slot, one) for number, one in asked.items() for slot in proposals.get(number, ())]
            rows += [
                row
                for row in sorted(slots, key=lambda row: -row[0])
                if row[0] <= clock.head_slot and (before is None or row[0] < before)
            ]
            day = calendar.day_after(day, -1)
        page = rows[:size]
        cursor = self._cursor("s", page[-1][0]) if len(rows) > size else ""
        return {
            "data": [
                {
                    "validator": self._who(one),
                    "slot": slot,
                    "block": self._world.production_of(slot).number_of.get(slot),
                    "finality": self._finality(slot),
                }
                for slot, one in page
            ],
            "paging": {"next_cursor": cursor},
            "range": self._range(0, clock.epoch, last_slot=clock.head_slot),
        }

    def _slot_of_block(self, body: dict[str, Any]) -> int:
        selector = body.get("block")
        number = selector.get("number") if isinstance(selector, dict) else None
        if type(number) is not int:
            raise BeaconchainError(400, "bad request: block.number must be an integer")
        slot = self._world.slot_of_number(number, up_to=self._view.clock.head_slot)
        if slot is None:
            raise BeaconchainError(404, "not found: block not found")
        return slot

    def _consensus(self, slot: int) -> dict[str, Any]:
        epoch = self._world.calendar.epoch_of(slot)
        return {"slot": slot, "block_root": self._world.root(slot), "epoch": epoch}

    def _block(self, body: dict[str, Any]) -> Any:
        slot = self._slot_of_block(body)
        world, hasher, block = self._world, self._world.hasher, self._world.block(slot)
        blobs = sum(one.kind == 3 for one in block.transactions)
        return {
            "data": {
                "block": block.number,
                "timestamp": world.calendar.time(slot),
                "consensus_reference": self._consensus(slot),
                "hash": block.hash,
                "parent_hash": world.execution.hash_of(world.parent(slot)),
                "receipts_root": hasher.hex(b"receipts", slot),
                "state_root": hasher.hex(b"execution-state", slot),
                "transaction": {
                    "gas": {
                        "used": block.gas_used,
                        "limit": GAS_LIMIT,
                        "base_fee": str(block.base_fee),
                        "fees_burned": str(block.base_fee * block.gas_used),
                    },
                    "count": {"normal": len(block.transactions) - blobs, "blob": blobs, "internal": 0},
                },
                "blob": {"gas": {"used": blobs * BLOB_GAS, "excess": 0}},
                "mining": None,
                "extra_data": "0x73616e64626f78",
                "finality": self._finality(slot),
            }
        }

    def _paid(self, amount: int, address: str) -> dict[str, Any]:
        is_contract = address in self._world.execution.contracts
        shown = address if address == ZERO_ADDRESS else checksummed(address)
        return {"amount": str(amount), "recipient": {"address": shown, "is_contract": is_contract}}

    def _block_rewards(self, body: dict[str, Any]) -> Any:
        """``total_reward`` is the relay's value where there is one, else the priority fees."""
        slot = self._slot_of_block(body)
        block = self._world.block(slot)
        fees = self._paid(block.priority_fees, block.fee_recipient)
        mev = None if block.payload is None else self._paid(block.payload.value, block.payload.recipient)
        return {
            "data": {
                "total_reward": mev or fees,
                "priority_fees": fees,
                "mev": mev,
                "mining": None,
                "execution_reference": {"block": block.number, "hash": block.hash},
                "consensus_reference": self._consensus(slot),
                "finality": self._finality(slot),
            }
        }

    def _rewards_list(self, body: dict[str, Any]) -> Any:
        epoch, calendar = body.get("epoch"), self._world.calendar
        if type(epoch) is not int:
            raise BeaconchainError(400, "bad request: epoch must be an integer")
        if not calendar.origin_epoch <= epoch <= self._view.clock.finalized_epoch:
            raise BeaconchainError(400, f"bad request: epoch {epoch} is not finalized")
        found = ((one, rewards_row(self._world, one, epoch)) for one in self._asked(body))
        rows = {one: row for one, row in found if row is not None}
        page, cursor = self._after(body, list(rows))
        paging = {"next_cursor": cursor} if cursor else {}
        return {"data": [rows[one] for one in page], "paging": paging, "range": self._range(epoch, epoch)}
