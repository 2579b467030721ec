"""Days, epochs and slots of a beacon chain: every epoch belongs to one day, that of its first slot's UTC date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aurora.periods import PeriodRange
from loaders.ethereum_days import BeaconDays, date_of, day_before, day_of, days_of

MAINNET = BeaconDays(datetime(2020, 12, 1, 12, 0, 23, tzinfo=UTC), 32, 12)


@st.composite
def chains(draw: st.DrawFn) -> BeaconDays:
    genesis = datetime(2020, 12, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 200_000)))
    return BeaconDays(genesis, draw(st.integers(1, 64)), draw(st.integers(1, 400)))


def test_mainnets_days_have_225_epochs_and_begin_215_seconds_after_midnight() -> None:
    for day in days_of(PeriodRange(20201202, 20260228)):
        epochs = MAINNET.epochs(day)
        assert len(epochs) == 225
        begins = MAINNET.genesis_at + timedelta(seconds=MAINNET.slots(day).start * 12)
        assert begins - datetime(*date_of(day).timetuple()[:3], tzinfo=UTC) == timedelta(seconds=215)


@given(chains(), st.integers(0, 500_000))
def test_every_epoch_belongs_to_the_day_of_its_first_slot(chain: BeaconDays, epoch: int) -> None:
    day = chain.day_of_epoch(epoch)
    assert epoch in chain.epochs(day)
    assert epoch not in chain.epochs(day_before(day))
    first = chain.genesis_at + timedelta(seconds=epoch * chain.slots_per_epoch * chain.seconds_per_slot)
    assert day_of(first.date()) == day
    assert chain.epoch_at(int(first.timestamp())) == epoch


@given(chains(), st.integers(0, 3_000))
def test_the_epochs_of_two_days_meet(chain: BeaconDays, offset: int) -> None:
    day = day_of(chain.genesis_at.date() + timedelta(days=offset))
    after = day_of(date_of(day) + timedelta(days=1))
    assert chain.epochs(day).stop == chain.epochs(after).start
    assert chain.slots(day).stop == chain.slots(after).start


def test_days_of_a_range_are_dates() -> None:
    assert list(days_of(PeriodRange(20240228, 20240301))) == [20240228, 20240229, 20240301]
