"""What can be seen of the Ethereum world from where its clock stands."""

from __future__ import annotations

from aurora.sandbox.ethereum.clock import EthereumClock
from aurora.sandbox.ethereum.validators import FAR_FUTURE_EPOCH, Validator
from aurora.sandbox.ethereum.world import EthereumWorld


class EthereumView:
    """The world as a node at the clock's head sees it."""

    def __init__(self, world: EthereumWorld, clock: EthereumClock) -> None:
        self.world, self.clock = world, clock

    def has_block(self, slot: int) -> bool:
        """Whether the node has a block for the slot."""
        return self.has_state(slot) and self.world.is_produced(slot)

    def has_state(self, slot: int) -> bool:
        """Whether the slot lies between the world's first and the head."""
        return self.world.calendar.origin_slot <= slot <= self.clock.head_slot

    def is_finalized(self, slot: int) -> bool:
        """Whether the slot's epoch is finalized."""
        return self.world.calendar.epoch_of(slot) <= self.clock.finalized_epoch

    def last_block(self, slot: int) -> int:
        """The slot of the latest block at or before a slot."""
        return slot if self.world.is_produced(slot) else self.world.parent(slot)

    def last_finalized_slot(self) -> int:
        """The last slot of the finalized epoch."""
        return self.world.calendar.slots_of(self.clock.finalized_epoch)[-1]

    def is_slashed(self, validator: Validator, slot: int) -> bool:
        """Whether the state after a slot shows the validator as slashed."""
        return validator.slashed_epoch is not None and slot >= self.world.slashing_slot

    def leaves(self, validator: Validator, slot: int) -> tuple[int, int]:
        """(exit epoch, withdrawable epoch) as the state after a slot has them."""
        epoch = self.world.calendar.epoch_of(slot)
        known, exit_epoch, withdrawable = (
            validator.exit_known_epoch,
            validator.exit_epoch,
            validator.withdrawable_epoch,
        )
        if known is None or exit_epoch is None or withdrawable is None or epoch < known:
            return FAR_FUTURE_EPOCH, FAR_FUTURE_EPOCH
        if validator.slashed_epoch is not None and not self.is_slashed(validator, slot):
            return FAR_FUTURE_EPOCH, FAR_FUTURE_EPOCH
        return exit_epoch, withdrawable

    def effective(self, validator: Validator, slot: int) -> int:
        """The effective balance in gwei: gone with the balance once that was withdrawn."""
        _, withdrawable = self.leaves(validator, slot)
        is_gone = (
            withdrawable <= self.world.calendar.epoch_of(slot)
            and self.world.balance(validator, slot) < validator.effective_gwei // 2
        )
        return 0 if is_gone else validator.effective_gwei

    def status(self, validator: Validator, slot: int) -> str:
        """One of the nine statuses of the beacon API's specification that can come up here."""
        epoch = self.world.calendar.epoch_of(slot)
        exit_epoch, withdrawable = self.leaves(validator, slot)
        is_slashed = self.is_slashed(validator, slot)
        if epoch < validator.activation_epoch:
            return "pending_initialized" if epoch < validator.eligibility_epoch else "pending_queued"
        if epoch < exit_epoch:
            if is_slashed:
                return "active_slashed"
            return "active_ongoing" if exit_epoch == FAR_FUTURE_EPOCH else "active_exiting"
        if epoch < withdrawable:
            return "exited_slashed" if is_slashed else "exited_unslashed"
        return "withdrawal_possible" if self.effective(validator, slot) else "withdrawal_done"
