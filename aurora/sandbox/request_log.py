"""What was asked of a sandbox: counters and the latest requests, for tests and benchmarks."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One HTTP request: its JSON-RPC methods or its endpoint, and the status it was answered with."""

    provider: str
    routes: tuple[str, ...]
    text: str
    status: int


class RequestLog:
    """Counts HTTP requests by provider and calls by route, a batch's calls one by one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: Counter[str] = Counter()
        self._requests: Counter[str] = Counter()
        self._latest: deque[LoggedRequest] = deque(maxlen=_KEPT)

    def add(self, provider: str, *, routes: Sequence[str], text: str, status: int) -> None:
        """Note a request."""
        with self._lock:
            self._calls.update(routes)
            self._requests[provider] += 1
            self._latest.append(LoggedRequest(provider, tuple(routes), text, status))

    def calls(self, route: str | None = None) -> int:
        """How often a JSON-RPC method or an endpoint was called; None: all calls."""
        with self._lock:
            return self._calls.total() if route is None else self._calls[route]

    def http_requests(self, provider: str | None = None) -> int:
        """How many HTTP requests a provider got; None: all."""
        with self._lock:
            return self._requests.total() if provider is None else self._requests[provider]

    def latest(self) -> list[LoggedRequest]:
        """The requests, oldest first, at most the last 100,000."""
        with self._lock:
            return list(self._latest)

    def counters(self) -> dict[str, dict[str, int]]:
        """All counters: ``calls`` by route and ``requests`` by provider."""
        with self._lock:
            return {"calls": dict(self._calls), "requests": dict(self._requests)}

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._calls.clear()
            self._requests.clear()
            self._latest.clear()
