"""Whether a provider answers: one cheap question each, nothing landed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from aurora.errors import UnknownProviderError
from aurora.registry import Registry
from loaders import shapes
from loaders.http import ProviderClient, Request
from loaders.json_body import parse_json
from loaders.json_rpc import JsonRpcClient, RpcCall
from loaders.session import client_limits


def reach(registry: Registry, name: str) -> str:
    """Ask ``name`` one thing and say what it answered.

    Raises:
        ProviderError: no acceptable answer; the message says why.
        SettingsError: its key is missing.
        UnknownProviderError: its API has no loader yet.
    """
    return asyncio.run(_reach(registry, name))


async def _reach(registry: Registry, name: str) -> str:
    provider = registry.provider(name)
    async with ProviderClient(
        provider=name,
        base_url=registry.base_urls(name)[0],
        limits=replace(client_limits(provider), attempts=1),
        credential=registry.credential(name),
    ) as client:
        if provider.api == "solana_rpc":
            answer = await JsonRpcClient(client).call(
                RpcCall("getEpochInfo", [{"commitment": "finalized"}]),
                accept_result=lambda _call, result: shapes.epoch_info(result),
            )
            head = answer.result
            return f"epoch {head['epoch']} is running" if isinstance(head, dict) else "answers"
        if provider.api == "jito":
            page = Request("GET", "validator_rewards", params={"limit": 1, "page": 1})
            await client.send(page, accept=parse_json)
            return "answers"
        if provider.api == "stakewiz":
            one = Request("GET", "validators", params={"limit": 1})
            await client.send(one, accept=_stakewiz)
            return "answers"
    raise UnknownProviderError(f"Aurora has no loader for api {provider.api} yet; leave its mappings out")


def _stakewiz(body: bytes) -> None:
    shapes.stakewiz_validators(parse_json(body))
