"""Where the simulated chain stands: the running day, its head slot, and the epoch up to which it is finalized."""

from __future__ import annotations

from aurora.sandbox.errors import SandboxError
from aurora.sandbox.ethereum.scale import Calendar

_EPOCHS_TO_FINALITY = 2


class EthereumClock:
    """The position of the head. Facts of the world do not depend on it, only what can be seen of them.

    Attributes:
        day: the running day, YYYYMMDD.
        slot_index: the head's slot, counted from the first of the day's epochs.
    """

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self.reset()

    def reset(self) -> None:
        """Go back to where the scale starts: the running day, past its middle."""
        self.day = self._calendar.scale.running_day
        self.slot_index = len(self._calendar.slots(self.day)) * 3 // 5

    @property
    def head_slot(self) -> int:
        """The latest slot that has passed, with or without a block."""
        return self._calendar.first_slot(self.day) + self.slot_index

    @property
    def epoch(self) -> int:
        """The head's epoch."""
        return self._calendar.epoch_of(self.head_slot)

    @property
    def finalized_epoch(self) -> int:
        """Every slot up to the end of this epoch is answered as finalized."""
        return self.epoch - _EPOCHS_TO_FINALITY

    def move_to(self, day: int, *, slot_index: int | None = None) -> None:
        """Go to a day, by default with the head at the same place within it.

        Raises:
            SandboxError: a day before the world's first, or a slot that the day does not have.
        """
        index = self.slot_index if slot_index is None else slot_index
        slots = self._calendar.slots(day)
        if slots.start < self._calendar.origin_slot or not 0 <= index < len(slots):
            raise SandboxError(
                f"sandbox clock: day {day}, slot {index} does not exist; days begin with {self._calendar.origin_day}, "
                f"their slots are 0 to {len(slots) - 1}"
            )
        self.day, self.slot_index = day, index

    def as_json(self) -> dict[str, int]:
        """The state as the admin API shows it."""
        return {
            "day": self.day,
            "slot_index": self.slot_index,
            "head_slot": self.head_slot,
            "epoch": self.epoch,
            "finalized_epoch": self.finalized_epoch,
        }
