"""A Solana cluster's epochs in slots, as its own ``getEpochSchedule`` gives them."""

from __future__ import annotations

from dataclasses import dataclass

_FIRST_WARMUP_SLOTS = 32


@dataclass(frozen=True, slots=True)
class EpochSchedule:
    """Slots by epoch. Before ``first_normal_epoch`` a cluster doubles its epochs, the first being 32 slots long."""

    slots_per_epoch: int
    first_normal_epoch: int = 0
    first_normal_slot: int = 0

    def first_slot(self, epoch: int) -> int:
        """The epoch's first slot, whether or not it holds a block."""
        if epoch < self.first_normal_epoch:
            return _FIRST_WARMUP_SLOTS * ((1 << epoch) - 1)
        return self.first_normal_slot + (epoch - self.first_normal_epoch) * self.slots_per_epoch

    def last_slot(self, epoch: int) -> int:
        """The epoch's last slot."""
        return self.first_slot(epoch + 1) - 1


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain is: the running epoch, and its last finalized slot."""

    epoch: int
    slot: int
