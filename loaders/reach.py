"""Asking without landing: how far a chain is, and whether a provider answers at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from aurora.errors import ProviderError, SettingsError
from aurora.registry import DayChain, EpochChain, Provider, Registry
from loaders import shapes
from loaders import shapes_ethereum as ethereum
from loaders.client_limits import ClientLimits, client_limits
from loaders.ethereum import CLOCK_APIS
from loaders.ethereum_days import BeaconDays, BeaconHead
from loaders.http import NotAcceptable, ProviderClient, Received, Request
from loaders.json_body import parse_json
from loaders.json_rpc import JsonRpcClient, RpcCall
from loaders.solana_epochs import Head

_FIRST_VALIDATOR = 1
"""A validator that every beacon chain has: asked about where the registry lists none."""

_RELAYED = "relay/v1/data/bidtraces/proposer_payload_delivered"


def chain_head(registry: Registry, chain_id: str) -> Head | BeaconHead:
    """How far the chain is: of an `EpochChain` its running epoch and last finalized slot; of a `DayChain` its running
    and its finalized epoch.

    The first provider that answers counts: in order of priority, and of a `DayChain` the most exact API first.

    Raises:
        ProviderError: none answers; the message gives the first one's reason.
        UnknownChainError: the registry has no such chain.
    """
    chain = registry.chain(chain_id)
    apis = CLOCK_APIS if isinstance(chain, DayChain) else ("solana_rpc",)
    mappings = sorted(registry.mappings_for(chain_id), key=lambda mapping: mapping.priority)
    mapped = [registry.provider(name) for name in dict.fromkeys(mapping.provider for mapping in mappings)]
    clocks = sorted((item for item in mapped if item.api in apis), key=lambda item: apis.index(item.api))
    reasons: list[str] = []
    for provider in clocks:
        asked = _Asked(registry, provider, client_limits(provider))
        try:
            if isinstance(chain, DayChain):
                return asyncio.run(_beacon_head(asked, chain))
            return asyncio.run(_head(asked))
        except (ProviderError, SettingsError) as failed:
            reasons.append(str(failed))
    reason = reasons[0] if reasons else f"no provider of api {' or '.join(apis)} is mapped to it"
    raise ProviderError(f"nobody says how far {chain_id} is: {reason}; correct providers.yaml")


def newest_periods(registry: Registry, chain: EpochChain | DayChain) -> list[int]:
    """The newest finalized period and the running one, as ``period_id``; the running one alone on a chain's first.

    Raises:
        ProviderError: nobody says how far the chain is.
    """
    head = chain_head(registry, chain.chain_id)
    if isinstance(chain, EpochChain):
        epochs = dict.fromkeys((head.epoch - chain.finality_lag, head.epoch))
        return [epoch for epoch in epochs if epoch >= 0]
    if not isinstance(head, BeaconHead):
        raise TypeError("the head of a chain of days is a beacon chain's")
    days = BeaconDays.of(chain)
    running = days.day_of_epoch(head.epoch)
    final = days.newest_final_day(head, finality_lag=chain.finality_lag)
    return [day for day in dict.fromkeys((final, running)) if day >= days.day_of_epoch(0)]


def reach(registry: Registry, name: str) -> str:
    """Ask ``name`` one thing, once (of relays: each), and say what it answered.

    Raises:
        ProviderError: no acceptable answer; the message says why, and which relays are meant.
        SettingsError: its key is missing.
        UnknownProviderError: the registry has no such provider.
    """
    provider = registry.provider(name)
    return asyncio.run(_REACH[provider.api](_Asked(registry, provider, replace(client_limits(provider), attempts=1))))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A provider, and how patiently it is asked."""

    registry: Registry
    provider: Provider
    limits: ClientLimits

    def client(self, url: str | None = None) -> ProviderClient:
        name = self.provider.provider
        return ProviderClient(
            provider=name,
            base_url=url or self.registry.base_urls(name)[0],
            limits=self.limits,
            credential=self.registry.credential(name),
        )

    async def json(self, request: Request, accept: Callable[[object], None] = lambda _: None) -> Any:
        """The value of a JSON body that ``accept`` lets pass."""

        def parse(body: bytes) -> object:
            value = parse_json(body)
            accept(value)
            return value

        async with self.client() as client:
            return (await client.send(request, accept=parse)).value

    async def rpc(self, method: str, params: list[object], accept: Callable[[object], None]) -> Any:
        """The result of a JSON-RPC call that ``accept`` lets pass."""
        async with self.client() as client:
            call = RpcCall(method, params)
            return (await JsonRpcClient(client).call(call, accept_result=lambda _, result: accept(result))).result


async def _head(asked: _Asked) -> Head:
    found = await asked.rpc("getEpochInfo", [{"commitment": "finalized"}], shapes.epoch_info)
    return Head(epoch=found["epoch"], slot=found["absoluteSlot"])


async def _beacon_head(asked: _Asked, chain: DayChain) -> BeaconHead:
    """As a load finds it: a beacon node's own word, or two epochs for what the others do not say."""
    days = BeaconDays.of(chain)
    if asked.provider.api == "beaconchain":
        running = await _explorer_epoch(asked)
        return BeaconHead(running, running - 2)
    if asked.provider.api == "eth_rpc":
        block = await asked.rpc("eth_getBlockByNumber", ["finalized", False], ethereum.execution_block)
        finalized = days.epoch_at(int(block["timestamp"], 16))
        return BeaconHead(finalized + 2, finalized)
    finalized = await _finalized_epoch(asked)
    try:
        head = await asked.json(Request("GET", "eth/v1/beacon/headers/head"), ethereum.header)
    except ProviderError:
        return BeaconHead(finalized + 2, finalized)
    return BeaconHead(days.epoch_of_slot(int(head["data"]["header"]["message"]["slot"])), finalized)


async def _finalized_epoch(asked: _Asked) -> int:
    request = Request("GET", "eth/v1/beacon/states/head/finality_checkpoints")
    return int((await asked.json(request, ethereum.checkpoints))["data"]["finalized"]["epoch"])


async def _explorer_epoch(asked: _Asked) -> int:
    body = {"chain": "mainnet", "validator": {"validator_identifiers": [_some_validator(asked)]}}
    answer = await asked.json(Request("POST", "validators", json_body=body), ethereum.explorer_range)
    return int(answer["range"]["epoch"]["end"])


def _some_validator(asked: _Asked) -> int | str:
    """The first that a chain mapped to the provider tracks, else any."""
    mapped = {mapping.chain for mapping in asked.registry.mappings if mapping.provider == asked.provider.provider}
    for chain in asked.registry.chains:
        if isinstance(chain, DayChain) and chain.chain_id in mapped and chain.tracked:
            first = chain.tracked[0]
            return first.public_key if first.validator_index is None else first.validator_index
    return _FIRST_VALIDATOR


async def _reach_solana(asked: _Asked) -> str:
    return f"epoch {(await _head(asked)).epoch} is running"


async def _reach_jito(asked: _Asked) -> str:
    await asked.json(Request("GET", "validator_rewards", params={"limit": 1, "page": 1}))
    return "answers"


async def _reach_stakewiz(asked: _Asked) -> str:
    await asked.json(Request("GET", "epoch_info"))
    return "answers"


async def _reach_beach(asked: _Asked) -> str:
    def accept(received: Received) -> None:
        parse_json(received.body)

    request = Request("GET", "epoch-info")
    async with asked.client() as client:
        # A list that a server of this API leaves out says all the same that it is there, and takes the key.
        await client.exchange(lambda: request, accept=accept, answers=frozenset({404}))
    return "answers"


async def _reach_explorer(asked: _Asked) -> str:
    return f"epoch {await _explorer_epoch(asked)} is running"


async def _reach_node(asked: _Asked) -> str:
    return f"epoch {await _finalized_epoch(asked)} is finalized"


async def _reach_execution(asked: _Asked) -> str:
    def accept(result: object) -> None:
        try:
            int(str(result), 16)
        except ValueError:
            raise shapes.refuse("holds no block number") from None

    return f"block {int(await asked.rpc('eth_blockNumber', [], accept), 16)} is the newest"


async def _reach_relays(asked: _Asked) -> str:
    def accept(body: bytes) -> None:
        if not isinstance(parse_json(body), list):
            raise NotAcceptable("is no list", retry=False)

    async def failure(url: str) -> str | None:
        try:
            async with asked.client(url) as client:
                await client.send(Request("GET", _RELAYED, params={"limit": 1}), accept=accept)
        except ProviderError as error:
            return f"{urlsplit(url).hostname}{_port(url)} does not answer ({error})"
        return None

    urls = asked.registry.base_urls(asked.provider.provider)
    failures = [said for said in await asyncio.gather(*map(failure, urls)) if said is not None]
    if failures:
        raise ProviderError(f"{len(failures)} of {len(urls)} relays: {'; '.join(failures)}; correct providers.yaml")
    return f"{len(urls)} relays answer" if len(urls) > 1 else "answers"


def _port(url: str) -> str:
    port = urlsplit(url).port
    return f":{port}" if port is not None else ""


_REACH: dict[str, Callable[[_Asked], Coroutine[Any, Any, str]]] = {
    "solana_rpc": _reach_solana,
    "jito": _reach_jito,
    "stakewiz": _reach_stakewiz,
    "solana_beach": _reach_beach,
    "beaconchain": _reach_explorer,
    "beacon_node": _reach_node,
    "eth_rpc": _reach_execution,
    "mev_relay": _reach_relays,
}
