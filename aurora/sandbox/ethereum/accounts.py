"""A validator's balance, slot by slot, in gwei: what moved it, and when."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from aurora.sandbox.ethereum.rewards import SLASHING_QUOTIENT
from aurora.sandbox.ethereum.validators import GWEI_PER_ETH, Validator

if TYPE_CHECKING:
    from aurora.sandbox.ethereum.world import EthereumWorld

_DEPOSIT_GWEI = 32 * GWEI_PER_ETH
_TOP_UP_GWEI = 1_234_567_891


class Movement(NamedTuple):
    """An amount that entered or left a balance in a slot, in gwei, positive."""

    slot: int
    gwei: int


class Account:
    """The balance of one validator from the world's first slot on, computed as far as it is asked for.

    Attestation rewards of epoch N come with the transition at the end of N + 1; everything else in its slot, in the
    order of a block's processing: withdrawals, operations, sync committee.
    """

    def __init__(self, world: EthereumWorld, validator: Validator) -> None:
        self._world, self._validator = world, validator
        self._next_epoch = world.calendar.origin_epoch
        self._slots = [world.calendar.origin_slot - 1]
        self._balances = [validator.start_gwei]
        self.withdrawals: list[Movement] = []
        self.deposits: list[Movement] = []
        self.penalties: list[Movement] = []

    def balance(self, slot: int) -> int:
        """The balance after the block of a slot, or after the slot has passed without one."""
        self.extend(slot)
        return self._balances[bisect_right(self._slots, slot) - 1]

    def extend(self, slot: int) -> None:
        """Compute up to the end of a slot's epoch."""
        while self._next_epoch <= self._world.calendar.epoch_of(slot):
            self._pass(self._next_epoch)
            self._next_epoch += 1

    def _pass(self, epoch: int) -> None:
        world, validator = self._world, self._validator
        slots = world.calendar.slots_of(epoch)
        production = world.production_of(slots.start)
        reward = world.rewards.attestation(validator, epoch - 2)
        if reward is not None:
            self._add(slots.start, reward.total)
        proposals = {slot for slot in production.proposals.get(validator.number, ()) if slot in slots}
        sweep = production.sweep_of.get(validator.number)
        deposit, slashing = world.deposit_of(validator), world.slashing_slot
        has_seat = bool(world.rewards.seat_rewards(validator, slots.start))
        special = {slot for slot in (sweep, deposit, slashing) if slot is not None and slot in slots}
        for slot in sorted(slots if has_seat else proposals | special):
            if slot not in production.number_of:
                continue
            if slot == sweep:
                self._sweep(slot, epoch)
            if slot == deposit:
                self.deposits.append(Movement(slot, self.deposit_gwei))
                self._add(slot, self.deposit_gwei)
            if slot == slashing and validator.slashed_epoch is not None:
                penalty = validator.effective_gwei // SLASHING_QUOTIENT
                self.penalties.append(Movement(slot, penalty))
                self._add(slot, -penalty)
            if slot in proposals:
                self._add(slot, world.proposal_reward(slot).total)
            self._add(slot, sum(world.rewards.seat_rewards(validator, slot)))

    @property
    def deposit_gwei(self) -> int:
        """What the validator's deposit in the world brings: the stake of a new one, else a top-up."""
        return _DEPOSIT_GWEI if self._validator.deposited_epoch is not None else _TOP_UP_GWEI

    def _sweep(self, slot: int, epoch: int) -> None:
        validator, balance = self._validator, self._balances[-1]
        withdrawable = validator.withdrawable_epoch
        if withdrawable is not None and withdrawable <= epoch:
            amount = balance
        else:
            amount = balance - validator.effective_gwei if validator.activation_epoch <= epoch else 0
        if amount > 0:
            self.withdrawals.append(Movement(slot, amount))
            self._add(slot, -amount)

    def _add(self, slot: int, gwei: int) -> None:
        if gwei:
            self._slots.append(slot)
            self._balances.append(self._balances[-1] + gwei)
