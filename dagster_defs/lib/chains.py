"""The chains of the registry that have loaders, and what is named after them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from dagster import AssetKey, AssetsDefinition, DynamicPartitionsDefinition

from aurora.registry import EpochChain, Registry


def epoch_chains(registry: Registry) -> tuple[EpochChain, ...]:
    """The chains whose period is the epoch, in the order of the file."""
    return tuple(chain for chain in registry.chains if isinstance(chain, EpochChain))


def epochs(chain: EpochChain) -> DynamicPartitionsDefinition:
    """A chain's epochs as partitions: their numbers as text, added as the chain reaches them or by hand."""
    return DynamicPartitionsDefinition(name=f"{chain.chain_id}_epoch")


def shared_epochs(chains: tuple[EpochChain, ...]) -> DynamicPartitionsDefinition | None:
    """The partitions of what is made of all chains: the epochs of the only one, or none, as several have none in
    common."""
    return epochs(chains[0]) if len(chains) == 1 else None


def table_key(chains: tuple[EpochChain, ...], chain: EpochChain, schema: str, table: str) -> AssetKey:
    """The asset of what one chain lands in a table.

    It is the table's own name for the first chain, and begins with the chain's for the others: an asset has one
    maker, and chains load apart.
    """
    return AssetKey([schema, table] if chain == chains[0] else [chain.chain_id, schema, table])


def tables_beside(
    chains: tuple[EpochChain, ...], landings: Iterable[AssetsDefinition]
) -> Mapping[AssetKey, Sequence[AssetKey]]:
    """What further chains land in a table, by the table's own key; empty where there is one chain."""
    keys = {key for landing in landings for key in landing.keys}
    plain = [key for key in keys if len(key.path) == 2]
    prefixed = {key: [key.with_prefix(chain.chain_id) for chain in chains[1:]] for key in plain}
    return {key: [twin for twin in twins if twin in keys] for key, twins in prefixed.items()}


def named_after(chain: EpochChain, verb: str) -> str:
    """``<verb>_<chain>``, of the characters that names in Dagster have."""
    return f"{verb}_{re.sub(r'[^A-Za-z0-9_]', '_', chain.chain_id)}"
