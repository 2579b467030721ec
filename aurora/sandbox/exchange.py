"""A request and an answer as the sandbox sees them, and how an answer goes out over ASGI, whole or broken."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_GZIP_FROM_BYTES = 1_024


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request that came in. ``path`` is what follows the provider's base path, without leading slash.

    ``host`` says which of a provider's hosts was asked, from 0 on; ``authorization`` is the header, or nothing.
    """

    provider: str
    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    accepts_gzip: bool
    authorization: str = ""
    host: int = 0


@dataclass(kw_only=True)
class Answer:
    """What goes out: as an ASGI application, with the ways in which it may break on the wire."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0
    is_cut: bool = False

    def encode(self, *, is_forced: bool = False) -> None:
        """Compress the body where it is worth it."""
        if is_forced or len(self.body) > _GZIP_FROM_BYTES:
            self.body = gzip.compress(self.body, compresslevel=1, mtime=0)
            self.headers["content-encoding"] = "gzip"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer. A cut one promises its length, sends half, and returns: the server drops the connection."""
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        headers = {"content-type": self.content_type, "content-length": str(len(self.body)), **self.headers}
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": pairs})
        if self.is_cut:
            await send({"type": "http.response.body", "body": self.body[: len(self.body) // 2], "more_body": True})
            return
        await send({"type": "http.response.body", "body": self.body})
