"""How far a chain is, asked without a warehouse: a tick of a schedule lands nothing."""

from __future__ import annotations

import asyncio

from aurora.errors import ProviderError
from aurora.registry import EpochChain, Provider, Registry
from loaders import shapes
from loaders.http import ProviderClient
from loaders.json_rpc import JsonRpcClient, RpcCall, RpcCallFailed
from loaders.session import client_limits
from loaders.solana_epochs import Head


def chain_head(registry: Registry, chain: EpochChain) -> Head:
    """The running epoch and its last finalized slot; the first node that answers, in order of priority, counts.

    Raises:
        ProviderError: none answers; the message gives the first one's reason.
        SettingsError: a node's key is not set.
    """
    mappings = sorted(registry.mappings_for(chain.chain_id), key=lambda mapping: mapping.priority)
    mapped = [registry.provider(name) for name in dict.fromkeys(mapping.provider for mapping in mappings)]
    reasons: list[str] = []
    for node in (provider for provider in mapped if provider.api == "solana_rpc"):
        try:
            return asyncio.run(_ask(registry, node))
        except RpcCallFailed as failed:
            reasons.append(str(failed))
    reason = reasons[0] if reasons else "no provider of api solana_rpc is mapped to it"
    raise ProviderError(f"nobody says how far {chain.chain_id} is: {reason}; correct providers.yaml")


async def _ask(registry: Registry, node: Provider) -> Head:
    async with ProviderClient(
        provider=node.provider,
        base_url=registry.base_urls(node.provider)[0],
        limits=client_limits(node),
        credential=registry.credential(node.provider),
    ) as client:
        answer = await JsonRpcClient(client).call(
            RpcCall("getEpochInfo", [{"commitment": "finalized"}]),
            accept_result=lambda _call, result: shapes.epoch_info(result),
        )
    found = answer.result
    if not isinstance(found, dict):
        raise TypeError("an accepted getEpochInfo is an object")
    return Head(epoch=found["epoch"], slot=found["absoluteSlot"])
