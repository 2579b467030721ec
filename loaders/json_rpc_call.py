"""JSON-RPC 2.0: what one call is, how it is written, and what one answer can be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import cast

from loaders.http_errors import FailureKind, NotAcceptable
from loaders.json_body import canonical_json

HEALING_CODES = frozenset({-32004, -32005, -32014, -32016, -32017, -32019})
"""Error codes after which the same call can succeed (PROVIDERS-SOLANA.md, section 1); every other one is final."""

_RATE_LIMIT_CODES = frozenset({429, -32429, -32029})
# Providers also say it under codes that mean something else elsewhere: QuickNode's "50/second request limit reached"
# comes as -32007, which for a Solana node is a skipped slot, a fee of zero.
_RATE_LIMIT_WORDS = re.compile(
    r"too many requests|rate.?limit|requests? limit (reached|exceeded)|(requests?|calls|compute units) per second",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class RpcCall:
    """One call: a method and its positional (or named) parameters."""

    method: str
    params: Sequence[object] | Mapping[str, object] = ()

    @cached_property
    def id(self) -> int:
        """A function of method and parameters, the same on every machine; from 0 up to 2^53 - 1."""
        digest = sha256(canonical_json({"method": self.method, "params": self.params}).encode()).digest()
        return int.from_bytes(digest[:8], "big") >> 11

    def envelope(self) -> dict[str, object]:
        """The request object; its id is a function of the call, so the same call is answered by the same bytes."""
        return {"id": self.id, "jsonrpc": "2.0", "method": self.method, "params": self.params}


@dataclass(frozen=True)
class RpcError:
    """A JSON-RPC error object."""

    code: int
    message: str
    data: object = None

    @property
    def is_rate_limit(self) -> bool:
        """Whether it says "too many", by its code or, whatever the code, by its words."""
        return self.code in _RATE_LIMIT_CODES or bool(_RATE_LIMIT_WORDS.search(self.message))

    def __str__(self) -> str:
        return f"error {self.code}: {' '.join(self.message.split())[:200]}"


@dataclass(frozen=True)
class RpcAnswer:
    """An answer that counts. ``text`` is the element's own characters in a batch, else the whole body.

    ``value`` is the parsed envelope. ``error`` is set where the caller named its code an answer; ``result`` is then
    None, as it may be otherwise.
    """

    call: RpcCall
    text: str = field(repr=False)
    value: Mapping[str, object] = field(repr=False)
    result: object = field(repr=False)
    error: RpcError | None
    http_status: int
    fetched_at: datetime

    @property
    def body(self) -> bytes:
        """The bytes behind ``text``."""
        return self.text.encode()


@dataclass(frozen=True)
class RpcFailure:
    """A call that stays unanswered. ``body`` is what came last instead of an answer, to be kept as rejected.

    ``code`` and ``message`` are those of an error object, None where there was none.
    """

    call: RpcCall
    kind: FailureKind
    reason: str
    code: int | None = None
    message: str | None = None
    http_status: int | None = None
    body: bytes | None = field(default=None, repr=False)
    attempts: int = 0

    @property
    def text(self) -> str | None:
        """``body`` as text; None where there is none or it is not UTF-8."""
        try:
            return None if self.body is None else self.body.decode()
        except UnicodeDecodeError:
            return None


def rpc_id(call: RpcCall) -> int:
    """The call's id, :attr:`RpcCall.id`."""
    return call.id


def read_envelope(value: object) -> tuple[Mapping[str, object], RpcError | None]:
    """A response object and its error, if it is one.

    Raises:
        NotAcceptable: it has neither a result nor an error object with a code.
    """
    if not isinstance(value, dict):
        raise NotAcceptable("is no JSON-RPC response object", retry=True)
    envelope = cast("dict[str, object]", value)
    error = envelope.get("error")
    if error is None:
        if "result" not in envelope:
            raise NotAcceptable("is a JSON-RPC response with neither result nor error", retry=True)
        return envelope, None
    code = as_integer(error.get("code")) if isinstance(error, dict) else None
    if not isinstance(error, dict) or code is None:
        raise NotAcceptable("is a JSON-RPC error without a code", retry=True)
    return envelope, RpcError(code, str(error.get("message", "")), error.get("data"))


def as_integer(value: object) -> int | None:
    """An id or a code as it was meant: some servers answer numbers as text, or with a fraction of zero."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}", value):
        return int(value)
    return None
