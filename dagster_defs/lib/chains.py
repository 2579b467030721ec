"""The chains of the registry: their partitions, the tables that their loads fill, and what is named after them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from dagster import AssetKey, AssetsDefinition, DailyPartitionsDefinition, DynamicPartitionsDefinition

from aurora.registry import DayChain, EpochChain
from aurora.registry.providers import SOLANA_APIS
from loaders.endpoints import APIS, REGISTRY_API
from loaders.ethereum_days import BeaconDays, date_of

Chain = EpochChain | DayChain
Periods = DynamicPartitionsDefinition | DailyPartitionsDefinition

_STAGING = "staging_"


def periods(chain: Chain) -> Periods:
    """A chain's periods as partitions.

    Epochs are their numbers as text, added as the chain reaches them or by hand. Days are YYYY-MM-DD, from the
    chain's first to today's, which is running.
    """
    if isinstance(chain, EpochChain):
        return DynamicPartitionsDefinition(name=f"{chain.chain_id}_epoch")
    first = BeaconDays.of(chain).day_of_epoch(0)
    return DailyPartitionsDefinition(start_date=date_of(first).isoformat(), timezone="UTC", end_offset=1)


def partition_key(chain: Chain, period_id: int) -> str:
    """The partition of a period."""
    return str(period_id) if isinstance(chain, EpochChain) else date_of(period_id).isoformat()


def shared_periods(chains: Sequence[Chain]) -> Periods | None:
    """The partitions of what is made of all chains: those of the only one, or none, as several have none in common."""
    return periods(chains[0]) if len(chains) == 1 else None


def apis_of(chain: Chain) -> tuple[str, ...]:
    """The APIs that speak of a chain of this kind, whoever is mapped to it."""
    is_solana = isinstance(chain, EpochChain)
    return tuple(api for api in APIS if api != REGISTRY_API and (api in SOLANA_APIS) == is_solana)


def period_word(chain: Chain) -> str:
    """What people call a period of the chain."""
    return "epoch" if isinstance(chain, EpochChain) else "day"


def table_key(chains: Sequence[Chain], chain: Chain, schema: str, table: str) -> AssetKey:
    """The asset of what one chain lands in a table.

    It is the table's own name for the first chain that lands there, and begins with the chain's for the others: an
    asset has one maker, and chains load apart.
    """
    lands = [other for other in chains if not schema.startswith(_STAGING) or schema[len(_STAGING) :] in apis_of(other)]
    return AssetKey([schema, table] if chain == lands[0] else [chain.chain_id, schema, table])


def tables_beside(landings: Iterable[AssetsDefinition]) -> Mapping[AssetKey, Sequence[AssetKey]]:
    """What further chains land in a table, by the table's own key; empty where every table has one chain."""
    found: dict[AssetKey, list[AssetKey]] = {}
    for key in (key for landing in landings for key in landing.keys):
        if len(key.path) > 2:
            found.setdefault(AssetKey(key.path[1:]), []).append(key)
    return found


def named_after(chain: Chain, verb: str) -> str:
    """``<verb>_<chain>``, of the characters that names in Dagster have."""
    return f"{verb}_{re.sub(r'[^A-Za-z0-9_]', '_', chain.chain_id)}"
