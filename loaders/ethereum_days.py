"""A beacon chain's days, epochs and slots, from what the registry says of it (COMMISSIONS.md, Periods).

A day's data is that of the epochs whose first slot has its UTC date: 225 of them on mainnet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from aurora.periods import PeriodRange
from aurora.registry import DayChain


@dataclass(frozen=True, slots=True)
class BeaconDays:
    """Days by epochs and slots. A day is its ``period_id``, YYYYMMDD."""

    genesis_at: datetime
    slots_per_epoch: int
    seconds_per_slot: int

    @classmethod
    def of(cls, chain: DayChain) -> BeaconDays:
        """As the registry has them."""
        return cls(chain.genesis_at, chain.slots_per_epoch, chain.seconds_per_slot)

    @property
    def _epoch_seconds(self) -> int:
        return self.slots_per_epoch * self.seconds_per_slot

    def epochs(self, day: int) -> range:
        """The epochs of a day."""
        return range(self._first_epoch(date_of(day)), self._first_epoch(date_of(day) + timedelta(days=1)))

    def slots(self, day: int) -> range:
        """The slots of a day's epochs."""
        epochs = self.epochs(day)
        return range(epochs.start * self.slots_per_epoch, epochs.stop * self.slots_per_epoch)

    def slots_of_epoch(self, epoch: int) -> range:
        """The slots of an epoch."""
        return range(epoch * self.slots_per_epoch, (epoch + 1) * self.slots_per_epoch)

    def last_slot_of_epoch(self, epoch: int) -> int:
        """The last slot of an epoch."""
        return (epoch + 1) * self.slots_per_epoch - 1

    def epoch_of_slot(self, slot: int) -> int:
        """The epoch that a slot is of."""
        return slot // self.slots_per_epoch

    def epoch_at(self, timestamp: int) -> int:
        """The epoch at a time in unix seconds."""
        return (timestamp - int(self.genesis_at.timestamp())) // self._epoch_seconds

    def day_of_epoch(self, epoch: int) -> int:
        """The day that an epoch's data belongs to."""
        return day_of((self.genesis_at + timedelta(seconds=epoch * self._epoch_seconds)).astimezone(UTC).date())

    def final_epochs(self, day: int, head: BeaconHead) -> range:
        """The epochs of a day that are finalized."""
        epochs = self.epochs(day)
        return range(epochs.start, max(epochs.start, min(epochs.stop, head.finalized_epoch + 1)))

    def newest_final_day(self, head: BeaconHead, *, finality_lag: int) -> int:
        """The newest day whose last epoch lies two behind the finalized one, ``finality_lag`` days back at least."""
        day = day_before(self.day_of_epoch(head.epoch), finality_lag)
        while self.epochs(day).stop + 1 > head.finalized_epoch and day >= self.day_of_epoch(0):
            day = day_before(day)
        return day

    def _first_epoch(self, on: date) -> int:
        midnight = datetime(on.year, on.month, on.day, tzinfo=UTC)
        seconds = (midnight - self.genesis_at) // timedelta(seconds=1)
        return max(0, -(-seconds // self._epoch_seconds))


@dataclass(frozen=True, slots=True)
class BeaconHead:
    """How far the chain is: the epoch that runs, and the one that is finalized."""

    epoch: int
    finalized_epoch: int


def date_of(day: int) -> date:
    """The date of a ``period_id``."""
    return date(day // 10_000, day // 100 % 100, day % 100)


def day_of(on: date) -> int:
    """The ``period_id`` of a date."""
    return on.year * 10_000 + on.month * 100 + on.day


def day_before(day: int, days: int = 1) -> int:
    """The day that lies ``days`` before another."""
    return day_of(date_of(day) - timedelta(days=days))


def days_of(periods: PeriodRange) -> Iterator[int]:
    """The days of a range, both ends included."""
    current, last = date_of(periods.first), date_of(periods.last)
    while current <= last:
        yield day_of(current)
        current += timedelta(days=1)
