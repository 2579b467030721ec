"""One provider's pace: a limiter that stays under the limit as a server counts it, and pauses when told to.

A token bucket lets ``burst`` requests go at once and refills meanwhile, so a second after the start it has sent
``burst`` plus a second's worth: a server that counts requests in windows answers 429. Here a request gives its place
back only after the whole window: no more than ``burst`` leave in any ``burst / rate`` seconds, which windows and
token buckets of the same limit both accept.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

# Requests meet on the way: what leaves at the limit arrives above it now and then. The rest is leeway for that,
# small enough to keep 0.95 of the limit (DESIGN.md, Speed).
_PACE = 0.975
# The event loop wakes up to a millisecond or two late; unpaid, a short window would lose that much each time round.
_LATENESS_SECONDS = 0.002
# After the first burst requests leave one by one, a little closer than the rate and, after a stall, at once for up to
# a tenth of the window, to make up for it. In bursts they would queue for connections, and each wait there would push
# the next window back.
_SPREAD = 0.9
_CATCH_UP = 0.1
# A provider that still says "too many" has a lower limit than configured: go slower by this factor each time, at
# most so slow, and come back by so much a second.
_STRAIN_STEP = 1.1
_STRAIN_MAXIMUM = 10.0
_STRAIN_EASE_PER_SECOND = 0.01


class PausedTooLong(Exception):  # noqa: N818 - what the provider asked for, not a fault of the program
    """The provider is paused for ``seconds`` more, longer than the caller can wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"paused for {seconds:.0f} s")
        self.seconds = seconds


@dataclass(order=True)
class Place:
    """The calls of one request within the window, until ``free_at``."""

    free_at: float
    weight: int = field(compare=False)
    held_seconds: float = field(compare=False, default=0.0)
    is_near_limit: bool = field(compare=False, default=True)

    def left_now(self) -> None:
        """Count from now: the request left only now, or the server got it only now.

        A request waits for its turn of the event loop after it was let go, and a new connection's comes later by a
        handshake: counted from before, the first ones would meet the next window's, which are not late.
        """
        self.free_at = max(self.free_at, asyncio.get_running_loop().time() + self.held_seconds)


class RateLimiter:
    """First come, first served; ``rate`` calls a second, ``burst`` of them at once after a time of quiet."""

    def __init__(self, rate: float, burst: int) -> None:
        self._interval_unstrained = 1 / (rate * _PACE)
        self._burst = burst
        # Heap by what free_at was when a place was pushed: it may have moved on since.
        self._taken: list[tuple[float, Place]] = []
        self._taken_total = 0
        self._freed_at = 0.0
        self._spread_from = 0.0
        self._is_spread = False
        self._paused_until = 0.0
        self._strain = 1.0
        self._strained_at = 0.0
        self._turn = asyncio.Lock()

    async def acquire(self, weight: int = 1, *, longest_pause: float) -> Place:
        """Wait until ``weight`` calls may leave together.

        More than ``burst`` at once wait for an empty window, and keep it for as long as their number is worth.

        Raises:
            PausedTooLong: a pause that is on, or comes on meanwhile, has more than ``longest_pause`` seconds left.
        """
        loop = asyncio.get_running_loop()
        queued = self._turn.locked()
        async with self._turn:
            self._give_back(loop.time())
            self._is_spread = self._is_spread and (queued or self._is_near_limit())
            while (wait := self._wait(weight, loop.time(), longest_pause)) > 0:
                queued = True
                await asyncio.sleep(wait)
            now = loop.time()
            interval = self._interval(now)
            left_at = max(self._freed_at, now - min(_LATENESS_SECONDS, interval / 4)) if queued else now
            catch_up = self._burst * interval * _CATCH_UP
            self._spread_from = max(self._spread_from, now - catch_up) + weight * interval * _SPREAD
            # The window of the largest whole number of such batches, or a burst of 60 would waste 10 at each 50.
            held = max(weight, self._burst - self._burst % weight) * interval
            self._taken_total += weight
            place = Place(left_at + held, weight, held, self._is_near_limit())
            heappush(self._taken, (place.free_at, place))
            return place

    def pause(self, seconds: float, *, too_fast: bool = False) -> None:
        """Let nothing leave for ``seconds``; afterwards begin one by one, and slower if it was ``too_fast``."""
        now = asyncio.get_running_loop().time()
        if too_fast and now >= self._paused_until:
            self._interval(now)
            self._strain = min(_STRAIN_MAXIMUM, self._strain * _STRAIN_STEP)
        until = now + seconds
        if until <= self._paused_until:
            return
        self._paused_until = until
        interval = self._interval(now)
        places = [Place(until + number * interval, 1) for number in range(1, self._burst)]
        self._taken = [(place.free_at, place) for place in places]
        heapify(self._taken)
        self._taken_total = len(self._taken)
        self._is_spread = True

    def foresees(self, reset_seconds: float, place: Place) -> bool:
        """Whether the pace already keeps what "none left for ``reset_seconds``" asks for, said to the one at ``place``.

        So it is near the limit: each window's last answer says "none left", and waiting for a reset that is rounded
        up to whole seconds would halve the rate. Elsewhere, or for longer, the provider knows better.
        """
        window = self._burst * self._interval(asyncio.get_running_loop().time())
        return place.is_near_limit and reset_seconds <= max(1.0, window)

    def _wait(self, weight: int, now: float, longest_pause: float) -> float:
        """Seconds until it is worth looking again; 0 or less: now."""
        pause = self._paused_until - now
        if pause > longest_pause:
            raise PausedTooLong(pause)
        if pause > 0:
            return pause
        self._give_back(now)
        if self._taken_total and self._taken_total + weight > self._burst:
            self._is_spread = True
            return self._taken[0][0] - now
        return self._spread_from - now if self._is_spread else 0.0

    def _is_near_limit(self) -> bool:
        return self._taken_total > self._burst // 2

    def _give_back(self, now: float) -> None:
        while self._taken and self._taken[0][0] <= now:
            place = heappop(self._taken)[1]
            if place.free_at > now:
                heappush(self._taken, (place.free_at, place))
                continue
            self._freed_at = place.free_at
            self._taken_total -= place.weight

    def _interval(self, now: float) -> float:
        self._strain = max(1.0, self._strain - (now - self._strained_at) * _STRAIN_EASE_PER_SECOND)
        self._strained_at = now
        return self._interval_unstrained * self._strain
