"""A scriptable HTTP server on loopback: each request is shown to a handler, whose reply may go wrong in any way."""

from __future__ import annotations

import asyncio
import functools
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ParamSpec
from urllib.parse import parse_qsl, urlsplit

P = ParamSpec("P")


@dataclass(frozen=True)
class Seen:
    """A request as the server got it; ``at`` is the event loop's clock."""

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """A reply; ``cut_after`` closes the connection after so many bytes, ``drip_seconds`` sends byte by byte."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    drip_seconds: float = 0.0
    cut_after: int | None = None
    zipped: bool = False


Handler = Callable[[Seen], Reply]


@dataclass
class Server:
    handler: Handler
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    open_now: int = 0
    most_open: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._serve_request(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client, or the test, is done
        finally:
            writer.close()

    async def _serve_request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        parts = urlsplit(target)
        now = asyncio.get_running_loop().time()
        seen = Seen(method, parts.path, parse_qsl(parts.query), headers, body, now)
        self.seen.append(seen)
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            return await _write(self.handler(seen), writer)
        finally:
            self.open_now -= 1


async def _write(reply: Reply, writer: asyncio.StreamWriter) -> bool:
    await asyncio.sleep(reply.delay_seconds)
    if reply.cut_after == 0:
        return False
    body = gzip.compress(reply.body) if reply.zipped else reply.body
    headers = {"Content-Length": str(len(body)), **({"Content-Encoding": "gzip"} if reply.zipped else {})}
    lines = [f"{name}: {value}" for name, value in {**headers, **reply.headers}.items()]
    writer.write("\r\n".join([f"HTTP/1.1 {reply.status} Word", *lines, "", ""]).encode("latin-1"))
    if reply.drip_seconds:
        for byte in body:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(reply.drip_seconds)
    writer.write(body[: reply.cut_after] if not reply.drip_seconds else b"")
    await writer.drain()
    return reply.cut_after is None


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[Server]:
    """A server that asks ``handler`` for each reply."""
    server = Server(handler)
    listener = await asyncio.start_server(server.serve_connection, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()


def script(*replies: Reply) -> Handler:
    """The replies one after the other, the last one for ever."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def in_loop(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Run an async test in an event loop of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def body() -> None:
            await test(*args, **kwargs)

        asyncio.run(body())

    return run
