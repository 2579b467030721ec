"""What a provider allows and how long a call may try: plain numbers, as ``providers.yaml`` has them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from aurora.registry import Provider


@dataclass(frozen=True)
class ClientLimits:
    """The limits of one provider (REGISTRY.md: ``rate_limit``, ``timeout_seconds``, ``retry``).

    ``burst`` is what the provider takes at once; ``concurrency`` the requests in flight; ``timeout_seconds`` the wait
    for a connection and for each next piece of an answer; ``attempts`` counts the first one; ``budget_seconds`` is
    the time a call has from its first attempt on, waits included.

    Raises:
        ValueError: a limit that would let nothing through.
    """

    requests_per_second: Decimal | float
    burst: int = 1
    concurrency: int = 1
    timeout_seconds: float = 30.0
    attempts: int = 6
    budget_seconds: float = 120.0

    def __post_init__(self) -> None:
        for name in ("requests_per_second", "timeout_seconds", "budget_seconds"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above zero, not {getattr(self, name)}")
        for name in ("burst", "concurrency", "attempts"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")


@dataclass(frozen=True)
class Backoff:
    """The window a wait is drawn from: ``initial_seconds``, doubled with each attempt up to ``maximum_seconds``."""

    initial_seconds: float = 1.0
    maximum_seconds: float = 30.0

    def window(self, attempt: int) -> float:
        """Seconds of the window after attempt number ``attempt`` (1 for the first)."""
        return float(min(self.maximum_seconds, self.initial_seconds * 2 ** min(attempt - 1, 60)))


def client_limits(provider: Provider) -> ClientLimits:
    """``providers.yaml`` as the client's limits."""
    limit = provider.rate_limit
    return ClientLimits(
        requests_per_second=limit.requests_per_second,
        burst=limit.burst,
        concurrency=limit.concurrency,
        timeout_seconds=float(provider.timeout_seconds),
        attempts=provider.retry.attempts,
        budget_seconds=float(provider.retry.budget_seconds),
    )
