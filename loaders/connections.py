"""The connections to one server: whoever asks has one to itself, and idle ones are used again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from aurora import __version__


class Connections:
    """Clients of one connection each, lent to one request at a time, the last one given back first.

    A single client's pool looks at every connection, and polls the idle ones, each time a request comes or ends:
    measured at 16 connections, that is more than half of what a call costs.
    """

    def __init__(self, *, timeout_seconds: float, trust_env: bool) -> None:
        """``trust_env``: whether the proxies of the environment stand before the server."""
        self._timeout = httpx.Timeout(timeout_seconds, pool=None)
        self._trust_env = trust_env
        # Shared, as it takes longer to make than all the rest.
        self._certificates = httpx.create_ssl_context(trust_env=trust_env)
        self._all: list[httpx.AsyncClient] = []
        self._idle: list[httpx.AsyncClient] = []

    @contextmanager
    def lend(self) -> Iterator[httpx.AsyncClient]:
        """One that nobody else uses meanwhile."""
        client = self._idle.pop() if self._idle else self._make()
        try:
            yield client
        finally:
            self._idle.append(client)

    async def close(self) -> None:
        """Close all of them."""
        for client in self._all:
            await client.aclose()

    def _make(self) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            # Nobody waits for a connection: a bound could only make a call time out in a queue.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=1),
            timeout=self._timeout,
            headers={"User-Agent": f"aurora-warehouse/{__version__}", "Accept": "application/json"},
            follow_redirects=False,
            trust_env=self._trust_env,
            verify=self._certificates,
        )
        self._all.append(client)
        return client
