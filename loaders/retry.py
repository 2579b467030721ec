"""When a call is tried again: after what can succeed later, with exponential backoff and full jitter, within a budget.

PROVIDERS.md, "Rules for every call".
"""

from __future__ import annotations

import enum
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from loaders.client_limits import Backoff, ClientLimits
from loaders.http_errors import FailureKind

T = TypeVar("T")

RETRYABLE_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that can be another one later; every other one outside 2xx is final."""

_LITTLE = 2


class Again(enum.Enum):
    """How often a failure is worth another attempt."""

    NEVER = "never"
    LITTLE = "twice more"
    """A body cut short heals; a wrong address, which answers 200 with a page, does not."""
    FULLY = "while attempts and budget last"


class AttemptFailed(Exception):  # noqa: N818 - one attempt's outcome, handed to the policy
    """One attempt without an acceptable answer; ``pause`` is how long the provider was paused for it."""

    def __init__(
        self,
        reason: str,
        *,
        kind: FailureKind,
        again: Again,
        status: int | None = None,
        body: bytes | None = None,
        pause: float | None = None,
        detail: object = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind
        self.again = again
        self.status = status
        self.body = body
        self.pause = pause
        self.detail = detail


class Retries:
    """The attempts of one call. The budget runs from the first request sent, so a queue before it costs nothing."""

    def __init__(self, limits: ClientLimits, backoff: Backoff) -> None:
        self._limits = limits
        self._backoff = backoff
        self._full_jitter = wait_random_exponential(multiplier=backoff.initial_seconds, max=backoff.maximum_seconds)
        self._started: float | None = None
        self._little = 0
        self.sent = 0
        """Requests sent so far."""
        self.gave_up = ""
        """Why there was no further attempt."""

    @property
    def seconds_left(self) -> float:
        """What is left of the budget."""
        spent = 0.0 if self._started is None else time.monotonic() - self._started
        return self._limits.budget_seconds - spent

    def count_sent(self) -> None:
        """A request leaves now."""
        self._started = self._started if self._started is not None else time.monotonic()
        self.sent += 1

    async def run(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Call ``attempt`` until it returns.

        Raises:
            AttemptFailed: that of the last attempt.
        """
        retrying = AsyncRetrying(
            retry=retry_if_exception(self._is_worth_another), wait=self._wait, stop=self._stop, reraise=True
        )

        # tenacity awaits what it can see to be a coroutine function, which a lambda is not.
        async def tried() -> T:
            return await attempt()

        return await retrying(tried)

    def _is_worth_another(self, error: BaseException) -> bool:
        return isinstance(error, AttemptFailed) and error.again is not Again.NEVER

    def _wait(self, state: RetryCallState) -> float:
        # A pause is waited for at the limiter, with everyone else.
        return 0.0 if _failure(state).pause is not None else self._full_jitter(state)

    def _stop(self, state: RetryCallState) -> bool:
        failure = _failure(state)
        self._little += failure.again is Again.LITTLE
        wait = failure.pause if failure.pause is not None else state.upcoming_sleep
        if self.sent >= self._limits.attempts:
            self.gave_up = f"gave up after {_times(self.sent)}"
        elif self._little > _LITTLE:
            self.gave_up = f"the same {_times(self._little)}"
        elif wait >= self.seconds_left:
            self.gave_up = (
                f"gave up after {_times(self.sent)}: the next would have to wait {wait:.0f} s"
                f" with {max(self.seconds_left, 0):.0f} s left of the budget of {self._limits.budget_seconds:g} s"
            )
        return bool(self.gave_up)


def _failure(state: RetryCallState) -> AttemptFailed:
    failure = state.outcome.exception() if state.outcome else None
    if not isinstance(failure, AttemptFailed):
        raise TypeError(f"a retry of {failure!r}, which is not the outcome of an attempt")
    return failure


def _times(number: int) -> str:
    return "1 attempt" if number == 1 else f"{number} attempts"
