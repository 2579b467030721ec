"""Connections are used again, never by two at once, and a request counts against the limit from when it was sent."""

from __future__ import annotations

import asyncio
import time

from loaders.http import ClientLimits, ProviderClient, Request
from tests.loaders.http.clients import anything, client_of
from tests.loaders.http.server import Reply, in_loop, script, serving

SLOW = Reply(delay_seconds=0.02)


@in_loop
async def test_requests_one_after_the_other_share_a_connection() -> None:
    async with serving(script(SLOW)) as server, client_of(server.url) as client:
        for _ in range(10):
            await client.send(Request(), accept=anything)
    assert (len(server.seen), server.connections) == (10, 1)


@in_loop
async def test_as_many_connections_as_requests_under_way_and_the_same_ones_again() -> None:
    async with serving(script(SLOW)) as server, client_of(server.url, concurrency=4) as client:
        for _ in range(3):
            await asyncio.gather(*(client.send(Request(), accept=anything) for _ in range(12)))
    assert (len(server.seen), server.most_open, server.connections) == (36, 4, 4)


@in_loop
async def test_a_connection_that_broke_is_replaced() -> None:
    async with serving(script(SLOW, Reply(cut_after=0), SLOW)) as server, client_of(server.url) as client:
        for _ in range(3):
            await client.send(Request(), accept=anything)
    assert (len(server.seen), server.connections) == (4, 2)


@in_loop
async def test_a_request_that_leaves_late_counts_from_then() -> None:
    stalls = [0.0, 0.09, 0.0]
    limits = ClientLimits(requests_per_second=10, burst=1, concurrency=2, timeout_seconds=5)
    async with (
        serving(script(Reply())) as server,
        ProviderClient(
            provider="alpha", base_url=server.url, limits=limits, on_sent=lambda _: time.sleep(stalls.pop(0))
        ) as client,
    ):
        await client.send(Request(), accept=anything)
        await asyncio.sleep(0.2)
        # Let go, and held up on the way: the next one may come a tenth of a second after it, not after its leave.
        await asyncio.gather(*(client.send(Request(), accept=anything) for _ in range(2)))
    first, second = (seen.at for seen in server.seen[1:])
    assert second - first > 0.06
