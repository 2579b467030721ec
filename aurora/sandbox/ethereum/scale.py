"""How long a simulated Ethereum chain's slots and epochs are, and where on the calendar of days it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from aurora.sandbox.errors import SandboxError

SECONDS_PER_DAY = 86_400
EPOCHS_PER_SYNC_PERIOD = 256


@dataclass(frozen=True, kw_only=True)
class EthereumScale:
    """Sizes of a chain. Everything about days follows from ``slots_per_epoch`` and ``seconds_per_slot``.

    Attributes:
        validators: how many in all; the tracked ones come first.
        first_day: day 1 of the cast (YYYYMMDD); the world begins with the day before it.
        running_day: where the clock starts.
        withdrawability_epochs: from an exit to the epoch in which the balance may leave.
    """

    name: str
    slots_per_epoch: int
    seconds_per_slot: int
    validators: int
    withdrawability_epochs: int
    genesis_time: int = 1_606_824_023
    first_day: int = 20_260_101
    running_day: int = 20_260_105

    @property
    def epoch_seconds(self) -> int:
        """The length of an epoch."""
        return self.slots_per_epoch * self.seconds_per_slot


ETHEREUM_DEMO = EthereumScale(
    name="demo", slots_per_epoch=32, seconds_per_slot=150, validators=100, withdrawability_epochs=8
)
# Half of the demo's slots: for a first look, in which not every member of the cast does all of its part.
ETHEREUM_QUICK = EthereumScale(
    name="quick", slots_per_epoch=32, seconds_per_slot=300, validators=100, withdrawability_epochs=8
)
ETHEREUM_MAINNET = EthereumScale(
    name="mainnet", slots_per_epoch=32, seconds_per_slot=12, validators=1_000, withdrawability_epochs=256
)


class Calendar:
    """Slots, epochs and UTC days. An epoch belongs to the UTC date of its first slot (PROVIDERS-ETHEREUM.md)."""

    def __init__(self, scale: EthereumScale) -> None:
        self.scale = scale
        self.origin_day = self.day_after(scale.first_day, -1)
        self.origin_slot = self.first_slot(self.origin_day)
        self.origin_epoch = self.first_epoch(self.origin_day)

    @staticmethod
    def midnight(day: int) -> int:
        """The unix time at which a day starts.

        Raises:
            SandboxError: not a date as YYYYMMDD.
        """
        try:
            moment = datetime(day // 10_000, day // 100 % 100, day % 100, tzinfo=UTC)
        except ValueError:
            raise SandboxError(f"sandbox day {day} is not a date; give YYYYMMDD") from None
        return int(moment.timestamp())

    @staticmethod
    def day_after(day: int, days: int = 1) -> int:
        """The day so many days after another."""
        moved = date(day // 10_000, day // 100 % 100, day % 100) + timedelta(days=days)
        return moved.year * 10_000 + moved.month * 100 + moved.day

    def number_of_day(self, day: int) -> int:
        """1 for the scale's first day."""
        return (self.midnight(day) - self.midnight(self.scale.first_day)) // SECONDS_PER_DAY + 1

    def day_of_number(self, number: int) -> int:
        """The day with a number of :meth:`number_of_day`."""
        return self.day_after(self.scale.first_day, number - 1)

    def first_epoch(self, day: int) -> int:
        """The first epoch whose first slot has that UTC date."""
        return -(-(self.midnight(day) - self.scale.genesis_time) // self.scale.epoch_seconds)

    def epochs(self, day: int) -> range:
        """The epochs of a day."""
        return range(self.first_epoch(day), self.first_epoch(self.day_after(day)))

    def slots(self, day: int) -> range:
        """The slots of a day's epochs."""
        return range(self.first_slot(day), self.first_slot(self.day_after(day)))

    def first_slot(self, day: int) -> int:
        """The first slot of a day's first epoch."""
        return self.first_epoch(day) * self.scale.slots_per_epoch

    def slots_of(self, epoch: int) -> range:
        """The slots of an epoch."""
        return range(epoch * self.scale.slots_per_epoch, (epoch + 1) * self.scale.slots_per_epoch)

    def epoch_of(self, slot: int) -> int:
        """The epoch of a slot."""
        return slot // self.scale.slots_per_epoch

    def day_of_epoch(self, epoch: int) -> int:
        """The day to which an epoch belongs."""
        moment = datetime.fromtimestamp(self.time(epoch * self.scale.slots_per_epoch), tz=UTC)
        return moment.year * 10_000 + moment.month * 100 + moment.day

    def day_of_slot(self, slot: int) -> int:
        """The day to which a slot's epoch belongs."""
        return self.day_of_epoch(self.epoch_of(slot))

    def time(self, slot: int) -> int:
        """When a slot begins, in unix seconds."""
        return self.scale.genesis_time + slot * self.scale.seconds_per_slot
