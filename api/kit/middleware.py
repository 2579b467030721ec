"""What every request passes: an id, a line in the log, safe headers; and a problem in place of a traceback.

Plain ASGI: the base class of Starlette's middleware costs a task and a stream a request.
"""

from __future__ import annotations

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.kit.problems import InternalError, problem_response

_LOG = structlog.get_logger("aurora.api")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
# The page of the interactive documentation loads Swagger UI, which FastAPI takes from this network.
_DOCS_POLICY = (
    "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline' https://cdn.jsdelivr.net; "
    "style-src 'unsafe-inline' https://cdn.jsdelivr.net; img-src data: https://fastapi.tiangolo.com; "
    "frame-ancestors 'none'"
)
_HSTS = "max-age=31536000"


class RequestContext:
    """Gives each request an id (the client's, where it sends a decent one) and its line in the log.

    ``is_production`` adds the header that holds browsers to HTTPS.
    """

    def __init__(self, app: ASGIApp, *, is_production: bool) -> None:
        self._app = app
        self._headers = {**_HEADERS, "Strict-Transport-Security": _HSTS} if is_production else _HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        offered = Headers(scope=scope).get("x-request-id", "")
        request_id = offered if _REQUEST_ID.fullmatch(offered) else uuid4().hex
        status = 0
        started = time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, text in self._headers.items():
                    headers.setdefault(name, text)
                if scope["path"] == "/docs":
                    headers["Content-Security-Policy"] = _DOCS_POLICY
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_headers)
            finally:
                _LOG.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    milliseconds=round((time.perf_counter() - started) * 1000, 1),
                    key_id=scope.get("aurora.key_id"),
                )


class FaultBarrier:
    """Turns what nobody caught into a 500 problem; the log has the traceback, the client the request's id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def watch(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception:
            _LOG.exception("fault", method=scope["method"], path=scope["path"])
            if has_begun:
                raise
            problem = InternalError("the server failed; its log has the cause under this request_id")
            await problem_response(Request(scope), problem)(scope, receive, send)
