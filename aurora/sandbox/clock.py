"""Where the simulated cluster stands: the running epoch, the head's slot in it, what is paid out and published."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from aurora.sandbox.errors import SandboxError


@dataclass
class Clock:
    """The position of the cluster's head. Facts of the world do not depend on it, only what can be seen of them.

    Attributes:
        epoch: the running epoch.
        slot_index: the head's slot, counted from the epoch's first.
        slots_per_epoch: the length of an epoch.
        is_paying_out: stake accounts have no answer yet for the latest finished epoch (-32017).
        unpublished_trees: how many finished epochs, the latest first, have no Jito merkle tree yet.
    """

    epoch: int
    slot_index: int
    slots_per_epoch: int
    is_paying_out: bool = False
    unpublished_trees: int = 0

    @property
    def head_slot(self) -> int:
        """The latest slot that has passed, with or without a block."""
        return self.epoch * self.slots_per_epoch + self.slot_index

    def move_to(
        self,
        epoch: int,
        *,
        slot_index: int | None = None,
        is_paying_out: bool = False,
        unpublished_trees: int = 0,
    ) -> None:
        """Go to an epoch, by default with the head at the same place within it.

        Raises:
            SandboxError: a negative epoch or a slot that the epoch does not have.
        """
        index = self.slot_index if slot_index is None else slot_index
        if epoch < 0 or not 0 <= index < self.slots_per_epoch:
            raise SandboxError(
                f"sandbox clock: epoch {epoch}, slot {index} does not exist; "
                f"an epoch has slots 0 to {self.slots_per_epoch - 1}"
            )
        self.epoch, self.slot_index = epoch, index
        self.is_paying_out, self.unpublished_trees = is_paying_out, unpublished_trees

    def as_json(self) -> dict[str, int | bool]:
        """The state as the admin API shows it."""
        return asdict(self)
