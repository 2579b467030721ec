"""The pace, in virtual time: never above the limit as servers count it, and not far below."""

from __future__ import annotations

import asyncio

import pytest

from loaders.rate_limit import PausedTooLong, RateLimiter
from tests.loaders.http.virtual_time import run_in_virtual_time

FOREVER = 1e9


def departures(
    rate: float, burst: int, *, calls: int, weight: int = 1, pause: tuple[float, float] | None = None
) -> list[float]:
    """When each of ``calls`` left; ``pause`` is (at, for how long)."""

    async def leave_all() -> list[float]:
        loop = asyncio.get_running_loop()
        limiter = RateLimiter(rate, burst)
        if pause:
            loop.call_at(pause[0], limiter.pause, pause[1])
        left: list[float] = []

        async def one() -> None:
            await limiter.acquire(weight, longest_pause=FOREVER)
            left.extend([loop.time()] * weight)

        await asyncio.gather(*(one() for _ in range(calls)))
        return left

    return run_in_virtual_time(leave_all())


def refused_by_token_bucket(times: list[float], rate: float, capacity: int) -> int:
    tokens, last, refused = float(capacity), 0.0, 0
    for at in times:
        tokens, last = min(capacity, tokens + (at - last) * rate), at
        if tokens >= 1:
            tokens -= 1
        else:
            refused += 1
    return refused


def most_in_window(times: list[float], seconds: float) -> int:
    start, most = 0, 0
    for end, at in enumerate(times):
        while at - times[start] > seconds:
            start += 1
        most = max(most, end - start + 1)
    return most


@pytest.mark.parametrize(
    ("rate", "burst"), [(1, 1), (10, 10), (10, 1), (10, 100), (50, 5), (7.5, 3), (100, 100), (0.2, 1), (40, 13)]
)
class TestPace:
    def test_a_server_with_the_same_token_bucket_refuses_nothing(self, rate: float, burst: int) -> None:
        assert refused_by_token_bucket(departures(rate, burst, calls=2000), rate, burst) == 0

    def test_no_window_of_a_burst_holds_more_than_a_burst(self, rate: float, burst: int) -> None:
        assert most_in_window(departures(rate, burst, calls=2000), burst / rate) <= burst

    def test_a_long_run_keeps_at_least_95_percent_of_the_limit(self, rate: float, burst: int) -> None:
        times = departures(rate, burst, calls=2000)
        assert len(times) / times[-1] >= 0.95 * rate
        assert (len(times) - burst) / times[-1] <= rate


@pytest.mark.parametrize(("burst", "weight"), [(10, 50), (60, 50), (120, 50), (50, 50), (1, 20)])
def test_batches_weigh_as_many_calls_as_they_hold(burst: int, weight: int) -> None:
    times = departures(100, burst, calls=100, weight=weight)
    assert times[0] == 0
    assert 95 <= (len(times) - max(burst, weight)) / times[-1] <= 100


def test_the_first_burst_leaves_at_once() -> None:
    assert departures(10, 5, calls=6)[:5] == [0] * 5


def test_first_come_first_served() -> None:
    async def order() -> list[int]:
        limiter = RateLimiter(100, 3)
        left: list[int] = []

        async def one(number: int) -> None:
            await limiter.acquire(1 + number % 3, longest_pause=FOREVER)
            left.append(number)

        await asyncio.gather(*(one(number) for number in range(30)))
        return left

    assert run_in_virtual_time(order()) == list(range(30))


def test_nothing_leaves_in_a_pause_and_no_burst_after_it() -> None:
    times = departures(10, 10, calls=60, pause=(2.0, 30.0))
    assert not [at for at in times if 2.0 < at < 32.0]
    assert [at for at in times if at >= 32.0][:1] == [32.0]
    assert most_in_window([at for at in times if at >= 32.0], 0.5) <= 6


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    async def first_departure() -> float:
        limiter = RateLimiter(10, 10)
        limiter.pause(30)
        limiter.pause(1)
        await limiter.acquire(longest_pause=FOREVER)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(first_departure()) == 30


def test_a_pause_beyond_what_the_caller_can_wait_is_said_at_once() -> None:
    async def refused_at() -> float:
        limiter = RateLimiter(10, 10)
        limiter.pause(30)
        with pytest.raises(PausedTooLong) as caught:
            await limiter.acquire(longest_pause=20)
        assert caught.value.seconds == 30
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(refused_at()) == 0


def test_near_its_limit_it_foresees_a_reset_within_its_window_only() -> None:
    async def foreseen() -> list[bool]:
        limiter = RateLimiter(10, 20)
        places = [await limiter.acquire(longest_pause=FOREVER) for _ in range(20)]
        return [limiter.foresees(2, places[0]), limiter.foresees(2, places[-1]), limiter.foresees(60, places[-1])]

    assert run_in_virtual_time(foreseen()) == [False, True, False]


def test_a_request_is_counted_from_when_the_server_had_it() -> None:
    async def second_leaves_at() -> float:
        limiter = RateLimiter(1, 1)
        place = await limiter.acquire(longest_pause=FOREVER)
        await asyncio.sleep(0.5)
        place.left_now()
        await limiter.acquire(longest_pause=FOREVER)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(second_leaves_at()) >= 1.5


def test_a_burst_once_waited_for_leaves_one_by_one() -> None:
    times = departures(10, 10, calls=30)
    assert most_in_window(times[10:], 0.5) <= 7


def test_a_provider_that_says_too_many_is_asked_more_slowly_for_a_while() -> None:
    async def rates() -> list[float]:
        loop = asyncio.get_running_loop()
        limiter = RateLimiter(10, 1)
        for _ in range(5):
            limiter.pause(0.5, too_fast=True)
            limiter.pause(0.5, too_fast=True)
            await limiter.acquire(longest_pause=FOREVER)
        measured = []
        for _ in range(2):
            began = loop.time()
            for _ in range(20):
                await limiter.acquire(longest_pause=FOREVER)
            measured.append(20 / (loop.time() - began))
            await asyncio.sleep(120)
        return measured

    slow, recovered = run_in_virtual_time(rates())
    assert 6 < slow < 7.5
    assert recovered > 9.5


def test_a_waiter_that_is_cancelled_takes_no_place() -> None:
    async def second_leaves_at() -> float:
        limiter = RateLimiter(1, 1)
        await limiter.acquire(longest_pause=FOREVER)
        waiter = asyncio.create_task(limiter.acquire(longest_pause=FOREVER))
        await asyncio.sleep(0.5)
        waiter.cancel()
        await limiter.acquire(longest_pause=FOREVER)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(second_leaves_at()) < 1.1
