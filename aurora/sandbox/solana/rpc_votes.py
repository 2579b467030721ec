"""JSON-RPC methods about vote accounts and leaders."""

from __future__ import annotations

from typing import Any

from aurora.sandbox.solana.accounts import U64_MAX
from aurora.sandbox.solana.rpc_errors import invalid_params
from aurora.sandbox.solana.view import View

_ROOT_DISTANCE = 31
_CREDITS_AN_EPOCH = 6_900_000
_DELINQUENT_SLOTS = 128


class VoteMethods:
    """``getVoteAccounts``, ``getLeaderSchedule``, ``getBlockProduction``."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._world = view.world

    def get_vote_accounts(self, params: list[Any]) -> dict[str, Any]:
        """The vote accounts of the running epoch: a view of the present."""
        options = params[0] if params and isinstance(params[0], dict) else {}
        wanted, keeps_unstaked = options.get("votePubkey"), options.get("keepUnstakedDelinquents") is True
        accounts, epoch = self._world.accounts, self._view.clock.epoch
        current, delinquent = [], []
        for validator, vote in enumerate(accounts.votes):
            if not accounts.is_alive(validator, epoch) or wanted not in (None, vote):
                continue
            since = accounts.traits[validator].delinquent_from
            entry = self._vote_account(validator, is_delinquent=since is not None and epoch >= since)
            if since is None or epoch < since:
                current.append(entry)
            elif entry["activatedStake"] or keeps_unstaked:
                delinquent.append(entry)
        return {"current": current, "delinquent": delinquent}

    def _vote_account(self, validator: int, *, is_delinquent: bool) -> dict[str, Any]:
        accounts, clock = self._world.accounts, self._view.clock
        bps = self._world.commission_bps(validator, clock.epoch)
        stake = self._world.active_stake(validator, clock.epoch)
        last_vote = clock.head_slot - (_DELINQUENT_SLOTS + 72 if is_delinquent else 1)
        return {
            "activatedStake": stake,
            "commission": min(bps // 100, 255),
            "epochCredits": self._credits(validator),
            "epochVoteAccount": stake > 0,
            "inflationRewardsCommissionBps": bps,
            "lastVote": last_vote,
            "nodePubkey": accounts.identity(validator, clock.epoch),
            "rootSlot": last_vote - _ROOT_DISTANCE,
            "votePubkey": accounts.votes[validator],
        }

    def _credits(self, validator: int) -> list[list[int]]:
        clock, first = self._view.clock, self._world.accounts.traits[validator].first_epoch or 0
        rows = []
        for epoch in range(max(first, clock.epoch - 4), clock.epoch + 1):
            before = (epoch - first) * _CREDITS_AN_EPOCH
            earned = _CREDITS_AN_EPOCH
            if epoch == clock.epoch:
                earned = _CREDITS_AN_EPOCH * clock.slot_index // clock.slots_per_epoch
            rows.append([epoch, before + earned, before])
        return rows

    def get_leader_schedule(self, params: list[Any]) -> dict[str, list[int]] | None:
        """The schedule of the epoch of a *slot*, as slot indexes by identity; None where the node has none."""
        slot = params[0] if params and isinstance(params[0], int) else None
        options = next((param for param in params[:2] if isinstance(param, dict)), {})
        epoch = self._view.clock.epoch if slot is None else self._world.slots.epoch_of(slot)
        production = self._view.schedule(epoch)
        if production is None:
            return None
        wanted = options.get("identity")
        schedule: dict[str, list[int]] = {}
        for validator, slots in sorted(production.slots_of.items()):
            identity = production.identity(validator)
            if wanted in (None, identity):
                schedule.setdefault(identity, []).extend(slot - production.first_slot for slot in slots)
        return schedule

    def get_block_production(self, params: list[Any]) -> dict[str, Any]:
        """Leader slots and blocks by identity, of the running epoch or the one before."""
        options = params[0] if params and isinstance(params[0], dict) else {}
        clock, slots = self._view.clock, self._world.slots
        asked: dict[str, Any] = options.get("range") or {}
        first = asked.get("firstSlot", slots.first_slot(clock.epoch))
        last = min(asked.get("lastSlot") or U64_MAX, clock.head_slot)
        if not isinstance(first, int) or first < slots.first_slot(clock.epoch - 1) or first > clock.head_slot:
            raise invalid_params(
                f"firstSlot, {first}, is too small or too large; "
                f"min {slots.first_slot(clock.epoch - 1)}, max {clock.head_slot}"
            )
        counts: dict[str, list[int]] = {}
        for epoch in range(slots.epoch_of(first), slots.epoch_of(last) + 1):
            production = self._world.production(epoch)
            for slot in range(max(first, production.first_slot), min(last, production.last_slot) + 1):
                identity = production.identity(production.leader(slot))
                if options.get("identity") in (None, identity):
                    pair = counts.setdefault(identity, [0, 0])
                    pair[0] += 1
                    pair[1] += slots.is_produced(slot)
        return {
            "context": {"apiVersion": "2.3.7", "slot": clock.head_slot},
            "value": {"byIdentity": counts, "range": {"firstSlot": first, "lastSlot": last}},
        }
