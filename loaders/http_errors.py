"""How a call ends without an acceptable answer. Messages name provider, method and path, and hold no key."""

from __future__ import annotations

from typing import Literal

from aurora.errors import ProviderError

FailureKind = Literal[
    "connection",  # not reached, or cut before the whole body had come
    "timeout",  # nothing more came within the timeout, or the attempt as a whole took too long
    "redirect",  # 3xx, which is not followed
    "http_status",  # any other status but 2xx
    "rate_limited",  # 429, or its like inside a JSON-RPC answer
    "over_budget",  # not sent: the month's requests are used up
    "too_large",  # a body above the client's maximum
    "not_json",  # 2xx, and not JSON that Postgres jsonb could hold
    "not_the_shape",  # JSON, and not what the endpoint promises
    "rpc_error",  # a JSON-RPC error object
]


class NotAcceptable(Exception):  # noqa: N818 - a verdict on a body, not a fault of the program
    """A 2xx body that cannot stand for an answer.

    ``reason`` goes on from the words "its body", unless ``kind`` says otherwise: "lacks rewards". ``retry`` says
    whether the next answer may differ (a body cut short) or cannot (the wrong address). ``detail`` is handed on to
    :class:`RequestFailed`.
    """

    def __init__(self, reason: str, *, retry: bool, kind: FailureKind = "not_the_shape", detail: object = None) -> None:
        super().__init__(f"its body {reason}" if kind in ("not_json", "not_the_shape") else reason)
        self.reason = reason
        self.retry = retry
        self.kind = kind
        self.detail = detail


class NotYet(NotAcceptable):
    """A well-formed answer that says "later": asked again with all attempts, as a 503 would be.

    With kind ``rate_limited`` the whole provider pauses, as after a 429.
    """

    def __init__(self, reason: str, *, kind: FailureKind, detail: object = None) -> None:
        super().__init__(reason, retry=True, kind=kind, detail=detail)


class RequestFailed(ProviderError):  # noqa: N818 - the outcome of a call
    """A call that got no acceptable answer within its attempts and budget.

    ``status`` and ``body`` are those of the last response that had a body (of a connection cut midway: the part that
    came), to be kept as rejected; both are None where none came. ``attempts`` counts requests sent.
    """

    def __init__(
        self,
        reason: str,
        *,
        kind: FailureKind,
        status: int | None = None,
        body: bytes | None = None,
        attempts: int = 0,
        detail: object = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind
        self.status = status
        self.body = body
        self.attempts = attempts
        self.detail = detail
