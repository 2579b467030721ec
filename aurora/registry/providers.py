"""``providers.yaml``: who is asked, how fast, with which key; who serves what; how far two may differ."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from aurora.registry.base import ListOf, Model
from aurora.registry.fields import (
    Amount,
    BasisPoints,
    EnvironmentVariable,
    HeaderName,
    Identifier,
    Name,
    NonNegativeInt,
    PositiveInt,
    PositiveNumber,
    http_url,
    refuse_repeats,
    wrong,
)

DataType = Literal["FEES", "MEV", "REWARDS", "META"]
Role = Literal["primary", "fallback", "reconcile"]
Api = Literal["solana_rpc", "jito", "stakewiz", "solana_beach", "beaconchain", "beacon_node", "eth_rpc", "mev_relay"]

SOLANA_APIS = frozenset({"solana_rpc", "jito", "stakewiz", "solana_beach"})
# Nothing is appended to the URL of a JSON-RPC endpoint, so that a key may stand in its query.
RPC_APIS = frozenset({"solana_rpc", "eth_rpc"})

# What one call may carry where the file does not say: the APIs' own limits, and no JSON-RPC batches unasked.
_BATCH_SIZES = {"beaconchain": 20, "beacon_node": 64, "mev_relay": 200}
_BEACONCHAIN = re.compile(r"(?:^|[/.@\s])beaconcha\.in\.?(?:[:/?#\s]|$)", re.IGNORECASE)


def is_beaconchain_address(url: str) -> bool:
    """Whether a URL is the explorer's, which no beacon node's address can be."""
    return _BEACONCHAIN.search(url) is not None


class Auth(Model):
    """How a provider is told who asks. The key itself stands in the environment only."""

    kind: Literal["none", "bearer", "header", "query"] = "none"
    name: HeaderName | None = None
    env: EnvironmentVariable | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        named = self.kind in ("header", "query")
        if named and self.name is None:
            raise wrong(f"is missing; kind: {self.kind} needs its name", "name")
        if not named and self.name is not None:
            raise wrong("is for kind: header or query only; remove it", "name")
        if self.kind != "none" and self.env is None:
            raise wrong("is missing; give the NAME of the environment variable that holds the key", "env")
        if self.kind == "none" and self.env is not None:
            raise wrong("is set, but kind: none sends no key; remove it, or choose bearer, header or query", "env")
        return self


class RateLimit(Model):
    """What a provider allows. The defaults are the most careful."""

    requests_per_second: PositiveNumber = Decimal(1)
    burst: PositiveInt = 1
    concurrency: PositiveInt = 1
    monthly_budget: PositiveInt | None = None


class Retry(Model):
    """How often, and for how long in all, a call that can succeed later is repeated."""

    attempts: PositiveInt = 6
    budget_seconds: PositiveNumber = Decimal(120)


class Provider(Model):
    """Somebody who speaks one of the known APIs. ``base_url`` for one host, ``base_urls`` for several relays."""

    provider: Name
    api: Api
    base_url: str | None = Field(default=None, repr=False)
    base_urls: ListOf[str] = Field(default=(), repr=False)
    auth: Auth = Auth()
    rate_limit: RateLimit = RateLimit()
    timeout_seconds: PositiveNumber = Decimal(30)
    retry: Retry = Retry()
    batch_size: PositiveInt = Field(default_factory=lambda data: _BATCH_SIZES.get(str(data.get("api")), 1))

    @property
    def urls(self) -> tuple[str, ...]:
        """The file's URLs without trailing slashes; what is called is ``Registry.base_urls``."""
        return tuple(url for _, url in self._checked_urls())

    def _checked_urls(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        given: list[tuple[tuple[str | int, ...], str]] = [
            (("base_urls", place), url) for place, url in enumerate(self.base_urls)
        ]
        if self.base_url is not None:
            given.append((("base_url",), self.base_url))
        for path, url in given:
            try:
                checked = http_url(url, with_query=self.api in RPC_APIS)
            except ValueError as error:
                raise wrong(str(error), *path) from None
            if self.api == "beacon_node" and is_beaconchain_address(url):
                raise wrong("must be a beacon node's root; beaconcha.in is api: beaconchain", *path)
            yield path, checked

    @model_validator(mode="after")
    def _one_way_to_it(self) -> Self:
        if self.base_url is not None and self.base_urls:
            raise wrong("stands beside base_url; keep one of the two", "base_urls")
        if self.base_url is None and not self.base_urls:
            raise wrong("is missing; give base_url, or base_urls for several relays", "base_url")
        if len(self.base_urls) > 1 and self.api != "mev_relay":
            raise wrong(
                "is for mev_relay, whose hosts answer side by side; give another host an entry and mappings of its own",
                "base_urls",
            )
        refuse_repeats("this host", ((url, path) for path, url in self._checked_urls()))
        return self


class Mapping(Model):
    """Which provider serves a data type of a chain, in which role; the lower priority is asked first."""

    chain: Name
    data_type: DataType
    provider: Name
    role: Role
    priority: NonNegativeInt


class Tolerance(Model):
    """How far two providers may differ: the larger of the two bounds, the second relative to the first value."""

    chain: Name
    metric: Identifier
    abs_tolerance_native: Amount = Decimal(0)
    rel_tolerance_bps: BasisPoints = 0


class ProvidersFile(Model):
    """``providers.yaml``."""

    providers: Annotated[ListOf[Provider], Field(min_length=1)]
    mappings: ListOf[Mapping] = ()
    tolerances: ListOf[Tolerance] = ()

    @model_validator(mode="after")
    def _each_entry_once(self) -> Self:
        # By the variable's spelling, in which - and _ are one: each name has an AURORA_<PROVIDER>_URL of its own.
        refuse_repeats(
            "this provider",
            (
                (entry.provider.replace("-", "_"), ("providers", place, "provider"))
                for place, entry in enumerate(self.providers)
            ),
        )
        mappings = list(enumerate(self.mappings))
        refuse_repeats(
            "this priority for this chain and data_type",
            (
                ((entry.chain, entry.data_type, entry.priority), ("mappings", place, "priority"))
                for place, entry in mappings
            ),
        )
        refuse_repeats(
            "this provider in this role for this chain and data_type",
            (
                ((entry.chain, entry.data_type, entry.provider, entry.role), ("mappings", place, "provider"))
                for place, entry in mappings
            ),
        )
        refuse_repeats(
            "this metric of this chain",
            (
                ((entry.chain, entry.metric), ("tolerances", place, "metric"))
                for place, entry in enumerate(self.tolerances)
            ),
        )
        names = {entry.provider for entry in self.providers}
        for place, mapping in mappings:
            if mapping.provider not in names:
                known = ", ".join(sorted(names))
                raise wrong(
                    f"{mapping.provider} is no provider of this file; known: {known}", "mappings", place, "provider"
                )
        return self
