"""Recorded responses served again: byte for byte, by method, path and body, whatever the host was."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

from aurora.sandbox.exchange import Answer
from aurora.sandbox.loopback import HOST, LoopbackServer
from aurora.sandbox.recordings import Recording, query_key, read_recordings, request_key
from aurora.sandbox.request_log import RequestLog
from aurora.sandbox.solana.blocks import dump

if TYPE_CHECKING:
    from starlette.requests import Request

_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]


class ReplayServer:
    """Serves a folder of recordings while the context manager is open.

    Several recordings of one request are served in order, the last one from then on. A JSON-RPC batch is refused with
    one error object, so that a client asks call by call and gets the recorded bytes. What is not recorded is a 404
    with one line, or, for JSON-RPC, error -32601.

    Raises:
        SandboxError: the folder is missing, malformed or empty; on entering, a port that is taken.
    """

    def __init__(self, folder: Path | str, *, port: int = 0) -> None:
        self.folder = Path(folder)
        self.recordings = read_recordings(self.folder)
        self.log = RequestLog()
        self._served: Counter[tuple[object, ...]] = Counter()
        self._lock = Lock()
        self._loopback = LoopbackServer(self._app(), port=port)

    @property
    def url(self) -> str:
        """The root, without a slash at the end: it takes the place of the recorded scheme and host.

        Raises:
            SandboxError: not started.
        """
        return f"http://{HOST}:{self._loopback.port}"

    def requests(self, path: str | None = None) -> int:
        """How many requests came in, in all or to a path."""
        return self.log.calls(path)

    def start(self) -> None:
        """Listen. Entering the context manager does this.

        Raises:
            SandboxError: the port is taken.
        """
        self._loopback.start()

    def stop(self) -> None:
        """Stop listening."""
        self._loopback.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def answer(self, method: str, path: str, query: str, body: bytes) -> Answer:
        """The recorded answer to a request."""
        if body.lstrip()[:1] == b"[" and b'"jsonrpc"' in body:
            return Answer(body=_rpc_error(-32600, "Batches are not replayed: send the calls one by one"))
        key, is_rpc = request_key(body)
        found = self._matching(method, path, query, key=key, is_rpc=is_rpc)
        if not found:
            what = f"{method} {path}{'?' + query if query else ''}"
            if is_rpc:
                call = json.loads(body)
                message = f"Nothing is recorded for this call of {call['method']} ({what})"
                return Answer(body=_rpc_error(-32601, message, request_id=call.get("id")))
            return Answer(status=404, body=f"nothing is recorded for {what}\n".encode(), content_type="text/plain")
        identity = (method, path, query_key(query), key)
        with self._lock:
            place = min(self._served[identity], len(found) - 1)
            self._served[identity] += 1
        recording = found[place]
        return Answer(
            status=recording.status,
            body=recording.body,
            content_type=recording.content_type,
            headers=dict(recording.headers),
        )

    def _matching(self, method: str, path: str, query: str, *, key: str | None, is_rpc: bool) -> list[Recording]:
        """The recordings of a request: those of its very path, else those whose path ends as it does."""
        asked = query_key(query)
        same = [
            recording
            for recording in self.recordings
            if (recording.method, recording.query, recording.request_key) == (method, asked, key)
        ]
        exact = [recording for recording in same if recording.path == path]
        return exact or [recording for recording in same if _is_close(recording, path, is_rpc=is_rpc)]

    def _app(self) -> Any:
        from starlette.applications import Starlette
        from starlette.routing import Route

        async def endpoint(request: Request) -> Answer:
            body = await request.body()
            answer = self.answer(request.method, request.url.path, request.url.query, body)
            self.log.add("replay", routes=[request.url.path], text=body.decode(errors="replace"), status=answer.status)
            return answer

        return Starlette(routes=[Route("/{path:path}", endpoint, methods=_METHODS)])


def _is_close(recording: Recording, path: str, *, is_rpc: bool) -> bool:
    if recording.path is None:
        return is_rpc
    recorded, asked = recording.path.strip("/"), path.strip("/")
    if not recorded or not asked:
        return is_rpc or recorded == asked
    return f"/{recorded}".endswith(f"/{asked}") or f"/{asked}".endswith(f"/{recorded}")


def _rpc_error(code: int, message: str, *, request_id: object = None) -> bytes:
    return dump({"jsonrpc": "2.0", "error": {"code": code, "message": message}, "id": request_id})
