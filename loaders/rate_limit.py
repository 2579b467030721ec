"""One provider's pace: a limiter that stays under the limit as a server counts it, and pauses when told to.

A token bucket lets ``burst`` requests go at once and refills meanwhile, so a second after the start it has sent
``burst`` plus a second's worth: a server that counts requests in windows answers 429. Here a request gives its place
back only after the whole window: no more than ``burst`` leave in any ``burst / rate`` seconds, which windows and
token buckets of the same limit both accept.
"""

from __future__ import annotations

import asyncio
from heapq import heapify, heappop, heappush

# Requests meet on the way: what leaves at the limit arrives above it now and then. The rest is leeway for that,
# small enough to keep 0.95 of the limit (DESIGN.md, Speed).
_PACE = 0.97
# The event loop wakes up to a millisecond or two late; unpaid, a short window would lose that much each time round.
_LATENESS_SECONDS = 0.002


class PausedTooLong(Exception):  # noqa: N818 - what the provider asked for, not a fault of the program
    """The provider is paused for ``seconds`` more, longer than the caller can wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"paused for {seconds:.0f} s")
        self.seconds = seconds


class RateLimiter:
    """First come, first served; ``rate`` calls a second, ``burst`` of them at once."""

    def __init__(self, rate: float, burst: int) -> None:
        self._interval = 1 / (rate * _PACE)
        self._burst = burst
        self._taken: list[tuple[float, int]] = []  # heap of (when the places come back, how many)
        self._taken_total = 0
        self._freed_at = 0.0
        self._paused_until = 0.0
        self._turn = asyncio.Lock()

    async def acquire(self, weight: int = 1, *, longest_pause: float) -> None:
        """Wait until ``weight`` calls may leave together.

        More than ``burst`` at once wait for an empty window, and keep it for as long as their number is worth.

        Raises:
            PausedTooLong: a pause that is on, or comes on meanwhile, has more than ``longest_pause`` seconds left.
        """
        loop = asyncio.get_running_loop()
        queued = self._turn.locked()
        async with self._turn:
            while True:
                now = loop.time()
                pause = self._paused_until - now
                if pause > longest_pause:
                    raise PausedTooLong(pause)
                if pause > 0:
                    await asyncio.sleep(pause)
                    continue
                self._give_back(now)
                if self._taken_total == 0 or self._taken_total + weight <= self._burst:
                    break
                queued = True
                await asyncio.sleep(self._taken[0][0] - now)
            lateness = min(_LATENESS_SECONDS, self._interval / 4)
            left_at = max(self._freed_at, now - lateness) if queued else now
            # The window of the largest whole number of such batches, or a burst of 60 would waste 10 at each 50.
            worth = max(weight, self._burst - self._burst % weight)
            heappush(self._taken, (left_at + worth * self._interval, weight))
            self._taken_total += weight

    def pause(self, seconds: float) -> None:
        """Let nothing leave for ``seconds``; afterwards begin one by one, not with a burst."""
        until = asyncio.get_running_loop().time() + seconds
        if until <= self._paused_until:
            return
        self._paused_until = until
        self._taken = [(until + place * self._interval, 1) for place in range(1, self._burst)]
        heapify(self._taken)
        self._taken_total = len(self._taken)

    def foresees(self, reset_seconds: float) -> bool:
        """Whether the pace already keeps what "none left for ``reset_seconds``" asks for.

        So it is at the limit: each window's last answer says "none left", and waiting for a reset that is rounded
        up to whole seconds would halve the rate.
        """
        self._give_back(asyncio.get_running_loop().time())
        return self._taken_total >= self._burst and reset_seconds <= self._burst * self._interval

    def _give_back(self, now: float) -> None:
        while self._taken and self._taken[0][0] <= now:
            self._freed_at, places = heappop(self._taken)
            self._taken_total -= places
