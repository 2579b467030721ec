"""The beacon node API: what is asked, and which handler answers it (ethereum/beacon-APIs)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aurora.sandbox.ethereum.beacon_blocks import BeaconBlocks, decimal
from aurora.sandbox.ethereum.rewards import ideal_reward
from aurora.sandbox.ethereum.scale import EPOCHS_PER_SYNC_PERIOD
from aurora.sandbox.ethereum.validators import GWEI_PER_ETH, Validator
from aurora.sandbox.ethereum.view import EthereumView
from aurora.sandbox.exchange import Exchange
from aurora.sandbox.reply import Reply

_MOST_IDS_IN_A_QUERY = 64


@dataclass
class Switches:
    """What this node serves: nodes differ.

    Attributes:
        duties: proposer duties; else 404.
        rewards: the three rewards endpoints; else 501.
        old_state_epochs: how many epochs back from the head states are kept; None: all. Beyond: 404.
    """

    duties: bool = True
    rewards: bool = True
    old_state_epochs: int | None = None

    def reset(self) -> None:
        """Serve everything."""
        self.duties, self.rewards, self.old_state_epochs = True, True, None


class BeaconError(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class BeaconNode:
    """Answers requests below the node's root."""

    def __init__(self, view: EthereumView, switches: Switches) -> None:
        self._view, self._world, self._switches = view, view.world, switches
        self._blocks = BeaconBlocks(view)
        routes: tuple[tuple[str, str, Callable[..., Any]], ...] = (
            ("genesis", r"eth/v1/beacon/genesis", self._genesis),
            ("version", r"eth/v1/node/version", self._version),
            ("finality_checkpoints", r"eth/v1/beacon/states/([^/]+)/finality_checkpoints", self._checkpoints),
            ("headers", r"eth/v1/beacon/headers/([^/]+)", self._header),
            ("proposer_duties", r"eth/v1/validator/duties/proposer/([^/]+)", self._duties),
            ("blocks", r"eth/v2/beacon/blocks/([^/]+)", self._block),
            ("validators", r"eth/v1/beacon/states/([^/]+)/validators", self._validators),
            ("validator_balances", r"eth/v1/beacon/states/([^/]+)/validator_balances", self._balances),
            ("attestation_rewards", r"eth/v1/beacon/rewards/attestations/([^/]+)", self._attestations),
            ("block_rewards", r"eth/v1/beacon/rewards/blocks/([^/]+)", self._block_rewards),
            ("sync_committee_rewards", r"eth/v1/beacon/rewards/sync_committee/([^/]+)", self._sync_committee),
        )
        self._routes = tuple((name, re.compile(pattern), act) for name, pattern, act in routes)

    def route(self, exchange: Exchange) -> str:
        """The endpoint's name in the loaders' vocabulary."""
        return next((name for name, path, _ in self._routes if path.fullmatch(exchange.path)), exchange.path)

    def answer(self, exchange: Exchange) -> Reply:
        """The answer to a request."""
        for _, path, act in self._routes:
            found = path.fullmatch(exchange.path)
            if found:
                try:
                    return Reply(act(*found.groups(), exchange))
                except BeaconError as error:
                    return Reply({"code": error.status, "message": error.message}, status=error.status)
        return Reply({"code": 404, "message": f"NOT_FOUND: no endpoint {exchange.path}"}, status=404)

    def _genesis(self, _: Exchange) -> Any:
        time = str(self._world.scale.genesis_time)
        root = self._world.hasher.hex(b"genesis-validators")
        return {"data": {"genesis_time": time, "genesis_validators_root": root, "genesis_fork_version": "0x00000000"}}

    def _version(self, _: Exchange) -> Any:
        return {"data": {"version": "Sandbox/v1.0.0/x86_64-linux"}}

    def _slot_of_state(self, state: str) -> int:
        """The slot a state id names.

        Raises:
            BeaconError: 400 for what is no id, 404 for a state that is not there.
        """
        clock, calendar = self._view.clock, self._world.calendar
        if state == "head":
            return clock.head_slot
        if state in ("finalized", "justified"):
            return calendar.slots_of(clock.finalized_epoch + (state == "justified")).start
        if not state.isdecimal():
            status = 404 if state == "genesis" or re.fullmatch("0x[0-9a-fA-F]{64}", state) else 400
            raise BeaconError(status, f"{'NOT_FOUND' if status == 404 else 'BAD_REQUEST'}: state {state}")
        slot = int(state)
        kept = self._switches.old_state_epochs
        is_gone = kept is not None and calendar.epoch_of(slot) < clock.epoch - kept
        if is_gone or not self._view.has_state(slot):
            raise BeaconError(404, f"NOT_FOUND: missing state at slot {slot}")
        return slot

    def _slot_of_block(self, block: str) -> int:
        """The slot a block id names.

        Raises:
            BeaconError: 400 for what is no id, 404 where there is no block.
        """
        clock = self._view.clock
        if block in ("head", "finalized"):
            newest = clock.head_slot
            if block == "finalized":
                newest = self._world.calendar.slots_of(clock.finalized_epoch).start
            return self._view.last_block(newest)
        if not block.isdecimal():
            raise BeaconError(400 if not block.startswith("0x") else 404, f"BAD_REQUEST: block {block}")
        slot = int(block)
        if not self._view.has_block(slot):
            raise BeaconError(404, f"NOT_FOUND: beacon block at slot {slot}")
        return slot

    def _epoch(self, text: str) -> int:
        if not text.isdecimal():
            raise BeaconError(400, f"BAD_REQUEST: epoch {text}")
        return int(text)

    def _envelope(self, data: Any, *, slot: int) -> dict[str, Any]:
        return {"execution_optimistic": False, "finalized": self._view.is_finalized(slot), "data": data}

    def _checkpoints(self, state: str, _: Exchange) -> Any:
        slot = self._slot_of_state(state)
        epoch = self._world.calendar.epoch_of(slot)

        def checkpoint(back: int) -> dict[str, str]:
            first = self._world.calendar.slots_of(epoch - back).start
            return {"epoch": str(epoch - back), "root": self._world.root(first)}

        names = {"previous_justified": 2, "current_justified": 1, "finalized": 2}
        return self._envelope({name: checkpoint(back) for name, back in names.items()}, slot=slot)

    def _header(self, block: str, _: Exchange) -> Any:
        slot = self._slot_of_block(block)
        return self._envelope(self._blocks.header(slot), slot=slot)

    def _block(self, block: str, _: Exchange) -> Any:
        slot = self._slot_of_block(block)
        return {"version": "fulu", **self._envelope(self._blocks.block(slot), slot=slot)}

    def _duties(self, text: str, _: Exchange) -> Any:
        epoch, calendar = self._epoch(text), self._world.calendar
        if not self._switches.duties or epoch < calendar.origin_epoch:
            raise BeaconError(404, f"NOT_FOUND: proposer duties of epoch {epoch}")
        if epoch > self._view.clock.epoch + 1:
            raise BeaconError(400, f"BAD_REQUEST: epoch {epoch} is in the future")
        rows = []
        for slot in calendar.slots_of(epoch):
            proposer = self._world.validators.all[self._world.production_of(slot).proposer(slot)]
            rows.append({"pubkey": proposer.public_key, "validator_index": str(proposer.index), "slot": str(slot)})
        root = self._world.root(calendar.slots_of(epoch).start - 1)
        return {"dependent_root": root, "execution_optimistic": False, "data": rows}

    def _sent(self, exchange: Exchange) -> Any:
        """The body of a POST; None where there is none.

        Raises:
            BeaconError: 400 for what is no JSON.
        """
        if exchange.method != "POST" or not exchange.body.strip():
            return None
        try:
            return json.loads(exchange.body)
        except ValueError:
            raise BeaconError(400, "BAD_REQUEST: body is not JSON") from None

    def _asked(self, exchange: Exchange) -> tuple[list[Validator], set[str]]:
        """(validators, statuses) of a request for validators or balances; unknown ids are silently absent."""
        sent = self._sent(exchange)
        if isinstance(sent, dict):
            ids, statuses = sent.get("ids") or [], sent.get("statuses") or []
        elif isinstance(sent, list):
            ids, statuses = sent, []
        else:
            ids = [one for one in exchange.query.get("id", "").split(",") if one]
            statuses = [one for one in exchange.query.get("status", "").split(",") if one]
            if len(ids) > _MOST_IDS_IN_A_QUERY:
                raise BeaconError(414, f"URI Too Long: {len(ids)} ids; use POST beyond {_MOST_IDS_IN_A_QUERY}")
        return self._found(ids) if ids else list(self._world.validators.all), set(statuses)

    def _found(self, ids: Any) -> list[Validator]:
        if not isinstance(ids, list) or any(not isinstance(one, str) for one in ids):
            raise BeaconError(400, "BAD_REQUEST: ids are strings: indexes in decimal, or public keys")
        found = (self._world.validators.find(one) for one in ids)
        return list({one.number: one for one in found if one is not None}.values())

    def _validators(self, state: str, exchange: Exchange) -> Any:
        slot = self._slot_of_state(state)
        asked, statuses = self._asked(exchange)
        rows = []
        for one in asked:
            status = self._view.status(one, slot)
            if not self._world.exists(one, slot) or (statuses and not {status, status.partition("_")[0]} & statuses):
                continue
            exit_epoch, withdrawable = self._view.leaves(one, slot)
            prefix = "0x02" if one.is_compounding else "0x01"
            details = {
                "pubkey": one.public_key,
                "withdrawal_credentials": prefix + "0" * 22 + one.withdrawal_address[2:],
                "effective_balance": self._view.effective(one, slot),
                "slashed": self._view.is_slashed(one, slot),
                "activation_eligibility_epoch": one.eligibility_epoch,
                "activation_epoch": one.activation_epoch,
                "exit_epoch": exit_epoch,
                "withdrawable_epoch": withdrawable,
            }
            balance = self._world.balance(one, slot)
            rows.append(decimal({"index": one.index, "balance": balance, "status": status, "validator": details}))
        return self._envelope(rows, slot=slot)

    def _balances(self, state: str, exchange: Exchange) -> Any:
        slot = self._slot_of_state(state)
        asked, _ = self._asked(exchange)
        rows = [
            decimal({"index": one.index, "balance": self._world.balance(one, slot)})
            for one in asked
            if self._world.exists(one, slot)
        ]
        return self._envelope(rows, slot=slot)

    def _refuse_rewards(self) -> None:
        if not self._switches.rewards:
            raise BeaconError(501, "NOT_IMPLEMENTED: rewards are not served by this node")

    def _rewarded(self, exchange: Exchange) -> list[Validator]:
        sent = self._sent(exchange)
        return self._found(sent) if sent else list(self._world.validators.all)

    def _attestations(self, text: str, exchange: Exchange) -> Any:
        self._refuse_rewards()
        epoch, calendar = self._epoch(text), self._world.calendar
        # The state at the end of the next epoch holds them.
        if not calendar.origin_epoch <= epoch <= self._view.clock.epoch - 2:
            raise BeaconError(404, f"NOT_FOUND: attestation rewards of epoch {epoch}")
        rows = []
        asked = self._rewarded(exchange)
        for one in asked:
            reward = self._world.rewards.attestation(one, epoch)
            if reward is not None:
                rows.append(decimal({"validator_index": one.index, **reward._asdict()}))
        sizes = sorted({*(ether * GWEI_PER_ETH for ether in range(1, 33)), *(one.effective_gwei for one in asked)})
        ideal = [decimal({"effective_balance": size, **ideal_reward(size)._asdict()}) for size in sizes]
        return self._envelope({"ideal_rewards": ideal, "total_rewards": rows}, slot=calendar.slots_of(epoch).start)

    def _block_rewards(self, block: str, _: Exchange) -> Any:
        self._refuse_rewards()
        slot = self._slot_of_block(block)
        reward = self._world.proposal_reward(slot)
        proposer = self._world.validators.all[self._world.production_of(slot).proposer(slot)]
        row = {
            "proposer_index": proposer.index,
            "total": reward.total,
            "attestations": reward.attestations,
            "sync_aggregate": reward.sync_aggregate,
            "proposer_slashings": reward.proposer_slashings,
            "attester_slashings": 0,
        }
        return self._envelope(decimal(row), slot=slot)

    def _sync_committee(self, block: str, exchange: Exchange) -> Any:
        """A row a seat for odd slots, one summed row for even ones: clients differ, and a load balancer mixes them."""
        self._refuse_rewards()
        slot = self._slot_of_block(block)
        seated = self._world.rewards.seats(self._world.calendar.epoch_of(slot) // EPOCHS_PER_SYNC_PERIOD)
        rows = []
        for one in self._rewarded(exchange):
            if one.number in seated and self._world.exists(one, slot):
                seats = self._world.rewards.seat_rewards(one, slot)
                amounts = seats if slot % 2 else (sum(seats),)
                rows += [decimal({"validator_index": one.index, "reward": amount}) for amount in amounts]
        return self._envelope(rows, slot=slot)
