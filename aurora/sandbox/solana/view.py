"""What can be seen of the world from where the clock stands."""

from __future__ import annotations

from typing import Literal

from aurora.sandbox.clock import Clock
from aurora.sandbox.solana.production import Production
from aurora.sandbox.solana.world import World

RewardState = Literal["before", "paying", "paid"]


class View:
    """The world as a node at the clock's head sees it."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world = world
        self.clock = clock

    @property
    def first_available_slot(self) -> int:
        """The first slot whose block the node still has."""
        return self.world.slots.first_slot(self.world.scale.first_epoch)

    def has_block(self, slot: int) -> bool:
        """Whether the node has a block for the slot."""
        return self.first_available_slot <= slot <= self.clock.head_slot and self.world.slots.is_produced(slot)

    def first_block(self, epoch: int) -> int | None:
        """The slot of an epoch's first block; None while it is not there."""
        slot = self.world.slots.first_block(epoch)
        return slot if self.first_available_slot <= slot <= self.clock.head_slot else None

    def reward_state(self, epoch: int) -> RewardState:
        """How far the inflation rewards of an epoch are: they are paid in the first blocks of the next one."""
        if self.first_block(epoch + 1) is None:
            return "before"
        is_latest = epoch == self.clock.epoch - 1
        if is_latest and (self.clock.is_paying_out or self.world.last_payout_slot(epoch) > self.clock.head_slot):
            return "paying"
        return "paid"

    def schedule(self, epoch: int) -> Production | None:
        """The leader schedule of an epoch; None where the node does not have it."""
        oldest = max(self.world.scale.first_epoch, self.clock.epoch - self.world.scale.schedule_epochs_back)
        return self.world.production(epoch) if oldest <= epoch <= self.clock.epoch + 1 else None

    def is_tree_published(self, epoch: int) -> bool:
        """Whether Jito's merkle tree of an epoch is up."""
        return self.world.scale.first_epoch <= epoch < self.clock.epoch - self.clock.unpublished_trees
