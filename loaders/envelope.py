"""The payload envelope: one raw row per HTTP response, with the body exactly as received (DESIGN.md, Landing).

Identity is by content: the same request answered by the same bytes is one payload, however often it is fetched.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from loaders.json_body import canonical_json


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, and of what it speaks: everything about a payload that is known before the answer."""

    chain_id: str
    provider: str
    api: str
    endpoint: str
    data_type: str
    period_id: int
    request: str
    validator_key: str | None = None

    @property
    def request_id(self) -> uuid.UUID:
        """The request's identity within its chain, provider and endpoint (the first 128 bits of a SHA-256)."""
        return uuid.UUID(bytes=_digest(self.chain_id, self.provider, self.endpoint, self.request)[:16])


@dataclass(frozen=True, slots=True)
class Payload:
    """An acceptable answer: ``body`` is the text after content decoding, of a batch the element's own characters."""

    question: Question
    run_id: str
    http_status: int
    body: str
    fetched_at: datetime
    response_bytes: int = field(init=False)
    response_hash: str = field(init=False)
    payload_id: str = field(init=False)

    def __post_init__(self) -> None:
        encoded = self.body.encode()
        object.__setattr__(self, "response_bytes", len(encoded))
        object.__setattr__(self, "response_hash", sha256(encoded).hexdigest())
        object.__setattr__(self, "payload_id", _payload_id(self.question, self.response_hash))


@dataclass(frozen=True, slots=True)
class RejectedPayload:
    """An answer that no typed table may see: kept as bytes, with the reason."""

    question: Question
    run_id: str
    http_status: int | None
    body: bytes
    error_kind: str
    reason: str
    fetched_at: datetime

    @property
    def response_hash(self) -> str:
        """SHA-256 of the raw bytes."""
        return sha256(self.body).hexdigest()

    @property
    def payload_id(self) -> str:
        """Identity by content, as a payload's."""
        return _payload_id(self.question, self.response_hash)


def canonical_request(
    method: str,
    path: str,
    *,
    params: Mapping[str, object] | None = None,
    body: object = None,
    period_id: int | None = None,
    host: str | None = None,
) -> str:
    """The request as canonical JSON: sorted keys, no secrets.

    ``period_id`` is given where the view is of the present: the same question in the next period is another one.
    ``host`` is given where a provider has several, whose answers are never versions of each other.
    """
    parts: dict[str, object] = {"method": method, "path": path}
    if params:
        parts["params"] = {name: params[name] for name in sorted(params)}
    if body is not None:
        parts["body"] = body
    if period_id is not None:
        parts["period"] = period_id
    if host is not None:
        parts["host"] = host
    return canonical_json(parts)


def _payload_id(question: Question, response_hash: str) -> str:
    return _digest(question.chain_id, question.provider, question.endpoint, question.request, response_hash).hex()


def _digest(*parts: str) -> bytes:
    # Length-prefixed, so that no two lists of parts share a text.
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return sha256(joined.encode()).digest()
