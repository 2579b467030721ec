"""Stakewiz, base path ``/stakewiz``: views of the present only (PROVIDERS-SOLANA.md, 4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aurora.sandbox.solana.accounts import LAMPORTS_PER_SOL
from aurora.sandbox.solana.view import View


class Stakewiz:
    """Answers Stakewiz's endpoints from the running epoch."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._world = view.world

    def answer(self, path: str) -> Any:
        """The JSON value of an endpoint, or None where there is none; ``path`` has no leading slash."""
        endpoint, _, vote = path.partition("/")
        accounts, epoch = self._world.accounts, self._view.clock.epoch
        if endpoint == "validators" and not vote:
            alive = (v for v in range(self._world.scale.validators) if accounts.is_alive(v, epoch))
            rows = sorted(alive, key=lambda v: (-self._world.active_stake(v, epoch), v))
            total = sum(self._world.active_stake(v, epoch) for v in rows)
            return [self._validator(v, rank, total) for rank, v in enumerate(rows, start=1)]
        if endpoint == "validator" and vote in accounts.index_of_vote:
            return next((row for row in self.answer("validators") if row["vote_identity"] == vote), None)
        if endpoint == "epoch_info":
            return self._epoch_info()
        return None

    def _epoch_info(self) -> dict[str, Any]:
        clock, slots = self._view.clock, self._world.slots
        start = slots.first_slot(clock.epoch)
        duration = slots.time(slots.first_slot(clock.epoch + 1)) - slots.time(start)
        elapsed = slots.time(clock.head_slot) - slots.time(start)
        return {
            "epoch": clock.epoch,
            "start_slot": start,
            "start_time": datetime.fromtimestamp(slots.time(start), UTC).isoformat(),
            "slot_height": clock.slot_index,
            "duration_seconds": duration,
            "elapsed_seconds": elapsed,
            "remaining_seconds": duration - elapsed,
            "epochs_per_year": 31_557_600 / duration,
        }

    def _validator(self, validator: int, rank: int, total_stake: int) -> dict[str, Any]:
        world, clock, accounts = self._world, self._view.clock, self._world.accounts
        traits, stake = accounts.traits[validator], world.active_stake(validator, clock.epoch)
        mev = world.mev_bps(validator, clock.epoch)
        is_delinquent = traits.delinquent_from is not None and clock.epoch >= traits.delinquent_from
        production = world.production(clock.epoch)
        passed = [slot for slot in production.slots_of.get(validator, []) if slot <= clock.head_slot]
        missed = sum(not world.slots.is_produced(slot) for slot in passed)
        skip_rate = round(100 * missed / len(passed), 2) if passed else 0
        return {
            "rank": rank,
            "identity": accounts.identity(validator, clock.epoch),
            "vote_identity": accounts.votes[validator],
            "last_vote": clock.head_slot - (200 if is_delinquent else 1),
            "root_slot": clock.head_slot - (231 if is_delinquent else 32),
            "credits": 6_900_000 * (clock.epoch - (traits.first_epoch or 0)),
            "epoch_credits": 6_900_000 * clock.slot_index // clock.slots_per_epoch,
            # The real API gives SOL as a float: for display, never for money.
            "activated_stake": stake / LAMPORTS_PER_SOL,
            "version": "2.3.7",
            "delinquent": is_delinquent,
            "skip_rate": skip_rate,
            "updated_at": datetime.fromtimestamp(world.slots.time(clock.head_slot), UTC).strftime(
                "%Y-%m-%d %H:%M:%S.000000+00"
            ),
            "first_epoch_with_stake": traits.first_epoch or 700,
            "name": traits.label or f"Validator {validator}",
            "commission": world.commission_bps(validator, clock.epoch) // 100,
            "ip_latitude": "50.1187",
            "ip_longitude": "8.6842",
            "is_jito": mev is not None,
            "jito_commission_bps": mev,
            "vote_success": 0.0 if is_delinquent else 98.5,
            "uptime": 91.25 if is_delinquent else 99.9,
            "wiz_skip_rate": skip_rate,
            "stake_weight": round(100 * stake / total_stake, 2) if total_stake else 0,
            "epoch": clock.epoch,
            "epoch_slot_height": clock.slot_index,
            "apy_estimate": 6.9,
            "staking_apy": 6.4,
            "jito_apy": 0.5 if mev is not None else 0,
            "total_apy": 6.9 if mev is not None else 6.4,
        }
