"""Asking without landing: how far a chain is, and whether a provider answers at all."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from aurora.errors import ProviderError, UnknownProviderError
from aurora.registry import Provider, Registry
from loaders import shapes
from loaders.client_limits import ClientLimits
from loaders.http import ProviderClient, Request
from loaders.json_body import parse_json
from loaders.json_rpc import JsonRpcClient, RpcCall, RpcCallFailed
from loaders.session import client_limits
from loaders.solana_epochs import Head


def chain_head(registry: Registry, chain_id: str) -> Head:
    """The running epoch and its last finalized slot; the first node that answers, in order of priority, counts.

    Raises:
        ProviderError: none answers; the message gives the first one's reason.
        SettingsError: a node's key is not set.
        UnknownChainError: the registry has no such chain.
    """
    mappings = sorted(registry.mappings_for(chain_id), key=lambda mapping: mapping.priority)
    mapped = [registry.provider(name) for name in dict.fromkeys(mapping.provider for mapping in mappings)]
    reasons: list[str] = []
    for node in (provider for provider in mapped if provider.api == "solana_rpc"):
        try:
            return asyncio.run(_head(registry, node, client_limits(node)))
        except RpcCallFailed as failed:
            reasons.append(str(failed))
    reason = reasons[0] if reasons else "no provider of api solana_rpc is mapped to it"
    raise ProviderError(f"nobody says how far {chain_id} is: {reason}; correct providers.yaml")


def reach(registry: Registry, name: str) -> str:
    """Ask ``name`` one thing, once, and say what it answered.

    Raises:
        ProviderError: no acceptable answer; the message says why.
        SettingsError: its key is missing.
        UnknownProviderError: its API has no loader yet.
    """
    provider = registry.provider(name)
    once = replace(client_limits(provider), attempts=1)
    if provider.api == "solana_rpc":
        return f"epoch {asyncio.run(_head(registry, provider, once)).epoch} is running"
    if provider.api == "jito":
        request = Request("GET", "validator_rewards", params={"limit": 1, "page": 1})
    elif provider.api == "stakewiz":
        request = Request("GET", "epoch_info")
    else:
        raise UnknownProviderError(f"Aurora has no loader for api {provider.api} yet; leave its mappings out")
    asyncio.run(_send(registry, provider, once, request))
    return "answers"


async def _head(registry: Registry, node: Provider, limits: ClientLimits) -> Head:
    async with _client(registry, node, limits) as client:
        answer = await JsonRpcClient(client).call(
            RpcCall("getEpochInfo", [{"commitment": "finalized"}]),
            accept_result=lambda _call, result: shapes.epoch_info(result),
        )
    found = answer.result
    if not isinstance(found, dict):
        raise TypeError("an accepted getEpochInfo is an object")
    return Head(epoch=found["epoch"], slot=found["absoluteSlot"])


async def _send(registry: Registry, provider: Provider, limits: ClientLimits, request: Request) -> None:
    async with _client(registry, provider, limits) as client:
        await client.send(request, accept=parse_json)


def _client(registry: Registry, provider: Provider, limits: ClientLimits) -> ProviderClient:
    return ProviderClient(
        provider=provider.provider,
        base_url=registry.base_urls(provider.provider)[0],
        limits=limits,
        credential=registry.credential(provider.provider),
    )
