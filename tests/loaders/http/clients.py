"""Clients for tests: quick limits, and waits of milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import SecretStr

from loaders.http import Backoff, ClientLimits, ProviderClient
from loaders.json_body import parse_json

SECRET = "sk-live-0123456789"


@dataclass(frozen=True)
class Key:
    kind: Literal["bearer", "header", "query"]
    name: str | None = None
    value: SecretStr = field(default_factory=lambda: SecretStr(SECRET))


def client_of(
    url: str, *, credential: Key | None = None, max_body_bytes: int | None = None, **limits: Any
) -> ProviderClient:
    quick = {
        "requests_per_second": 10_000,
        "burst": 10_000,
        "concurrency": 8,
        "timeout_seconds": 5,
        "attempts": 4,
        "budget_seconds": 20,
    }
    more = {} if max_body_bytes is None else {"max_body_bytes": max_body_bytes}
    return ProviderClient(
        provider="alpha",
        base_url=url,
        limits=ClientLimits(**{**quick, **limits}),
        credential=credential,
        backoff=Backoff(initial_seconds=0.001, maximum_seconds=0.004),
        **more,
    )


def anything(body: bytes) -> object:
    return parse_json(body)
