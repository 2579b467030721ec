"""Which periods an earlier load answered in full, so that a long backfill can go on where it stopped.

A period is complete where it was final when it was asked about, each endpoint that has to answer did, and nobody has
been added to the tracked validators since. What is in doubt is open, and asked again: that lands nothing twice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, groupby
from typing import Any

import psycopg
from psycopg import sql

from aurora.periods import PeriodRange
from aurora.registry import Chain, DayChain, Registry
from loaders.endpoints import FEES, META, MEV, REWARDS, endpoint_of
from loaders.ethereum_days import BeaconDays, day_before, days_of
from loaders.http_errors import NotAcceptable
from loaders.json_body import parse_text

EPOCHS_TO_BE_SURE = 2
"""An epoch's effects are all in the chain two epochs after it (PROVIDERS-ETHEREUM.md, 3)."""

# What was asked about a period where a provider served a data type; views of now tell nothing of a period.
_SAYS_SO = {
    ("solana_rpc", FEES): "get_blocks",
    ("solana_rpc", REWARDS): "get_inflation_reward",
    ("jito", MEV): "staker_rewards",
    ("jito", META): "validators",
    ("solana_beach", FEES): "block_rewards_history",
    ("beaconchain", FEES): "block_rewards",
    ("beaconchain", MEV): "block_rewards",
    ("beaconchain", REWARDS): "rewards_list",
    ("beacon_node", FEES): "blocks",
    ("beacon_node", MEV): "blocks",
    ("beacon_node", REWARDS): "attestation_rewards",
    ("beacon_node", META): "day_validators",
    ("eth_rpc", FEES): "get_block_receipts",
    ("eth_rpc", MEV): "get_block_receipts",
    ("mev_relay", MEV): "proposer_payload_delivered",
}

_NEVER = datetime.max.replace(tzinfo=UTC)

# Views of now that show how far the chain was, each with the place of an epoch or a time in it.
_VIEWS = {
    "beacon_node": ("select fetched_at, payload from staging_beacon_node.finality_checkpoints", ""),
    "beaconchain": ("select fetched_at, payload from staging_beaconchain.validators", ""),
    "eth_rpc": (
        "select fetched_at, payload from staging_eth_rpc.get_block_by_number",
        " and strpos(request, '\"finalized\"') > 0",
    ),
    "solana_rpc": ("select fetched_at, payload from staging_solana_rpc.get_epoch_info", ""),
}
_ASKED = """
select period_id, provider, endpoint, is_answered, asked_at
from ops.asked_periods
where chain_id = %(chain_id)s and period_id between %(first)s and %(last)s
"""
_REGISTRIES = """
select sightings.seen_at, landed.payload
from ops.payload_sightings as sightings
inner join staging_registry.chains as landed on landed.payload_id = sightings.payload_id
where sightings.period_id = 0 and sightings.endpoint = 'chains'
order by sightings.seen_at desc, sightings.sighting_id desc
"""


@dataclass(frozen=True, slots=True)
class _Asked:
    provider: str
    endpoint: str
    is_answered: bool
    asked_at: datetime


def open_ranges(
    connection: psycopg.Connection,
    registry: Registry,
    chain: Chain,
    periods: PeriodRange,
    *,
    providers: Collection[str],
    data_types: Sequence[str],
) -> list[PeriodRange]:
    """The parts of ``periods`` that no earlier load answered in full; the registry of now has been landed before.

    Of each data type those count that are not a fallback: a fallback is asked only for what they left open.
    """
    needed = _needed(registry, chain, providers, data_types)
    answering = {provider for provider, _ in needed}
    listed_at = _listed_since(connection, chain)
    finality = _Finality.of(connection, chain)
    asked: dict[int, list[_Asked]] = defaultdict(list)
    parameters = {"chain_id": chain.chain_id, "first": periods.first, "last": periods.last}
    for period, provider, endpoint, is_answered, asked_at in connection.execute(_ASKED, parameters):
        if provider in answering:
            is_optional = endpoint_of(registry.provider(provider).api, endpoint).is_optional
            asked[period].append(_Asked(provider, endpoint, is_answered or is_optional, asked_at))

    def is_open(period: int) -> bool:
        since = max(listed_at, finality.of_period(period))
        telling = {
            (entry.provider, entry.endpoint): entry.asked_at for entry in asked[period] if entry.asked_at >= since
        }
        if not needed or not needed <= set(telling):
            return True
        # What stayed open in an earlier load, and did not have to be asked in the later one, does not matter.
        oldest = min(telling[one] for one in needed)
        return not all(entry.is_answered for entry in asked[period] if entry.asked_at >= oldest)

    every = periods_of(chain, periods)
    return _ranges(every, {period for period in every if is_open(period)})


class _Finality:
    """When a load first saw that a period was final."""

    def __init__(self, chain: Chain, seen: Sequence[tuple[datetime, int]]) -> None:
        """``seen``: when which epoch was seen to be final, in order of time."""
        self._chain = chain
        self._times = [at for at, _ in seen]
        # A node that lags shows less than one asked before it.
        self._epochs = list(accumulate((epoch for _, epoch in seen), max))

    @classmethod
    def of(cls, connection: psycopg.Connection, chain: Chain) -> _Finality:
        """As the landed views of now tell it."""
        apis = ("beacon_node", "beaconchain", "eth_rpc") if isinstance(chain, DayChain) else ("solana_rpc",)
        seen = [
            (fetched_at, epoch)
            for api in apis
            for fetched_at, body in connection.execute(
                sql.SQL(_VIEWS[api][0] + " where chain_id = %s" + _VIEWS[api][1]), (chain.chain_id,)
            )
            if (epoch := _final_epoch(api, body, chain)) is not None
        ]
        return cls(chain, sorted(seen))

    def of_period(self, period: int) -> datetime:
        """The first time; beyond all times where nobody saw it yet."""
        if isinstance(self._chain, DayChain):
            days = BeaconDays.of(self._chain)
            # Running days lag behind by so many that are not final by the chain's own rule.
            settled = day_before(period, -self._chain.finality_lag)
            epoch = max(days.epochs(period).stop - 1 + EPOCHS_TO_BE_SURE, days.epochs(settled).start)
        else:
            epoch = period
        place = bisect_left(self._epochs, epoch)
        return self._times[place] if place < len(self._times) else _NEVER


def _final_epoch(api: str, body: str, chain: Chain) -> int | None:
    """The last epoch that a view shows to be final; None where it does not say."""
    try:
        value: Any = parse_text(body)
        if api == "beacon_node":
            return int(value["data"]["finalized"]["epoch"])
        if api == "beaconchain":
            return int(value["range"]["epoch"]["end"]) - EPOCHS_TO_BE_SURE
        if api == "solana_rpc":
            return int(value["result"]["epoch"]) - chain.finality_lag
        timestamp = int(value["result"]["timestamp"], 16)
    except (NotAcceptable, LookupError, TypeError, ValueError):
        return None
    return BeaconDays.of(chain).epoch_at(timestamp) if isinstance(chain, DayChain) else None


def _needed(
    registry: Registry, chain: Chain, providers: Collection[str], data_types: Sequence[str]
) -> frozenset[tuple[str, str]]:
    needed: set[tuple[str, str]] = set()
    for data_type in data_types:
        mapped = [
            entry
            for entry in registry.mappings_for(chain.chain_id)
            if entry.data_type == data_type and entry.provider in providers
        ]
        for entry in [entry for entry in mapped if entry.role != "fallback"] or mapped[:1]:
            api = registry.provider(entry.provider).api
            if (api, data_type) in _SAYS_SO:
                needed.add((entry.provider, _SAYS_SO[api, data_type]))
    return frozenset(needed)


def _listed_since(connection: psycopg.Connection, chain: Chain) -> datetime:
    """Since when the registry has listed every validator that is tracked now."""
    tracked = {validator.key for validator in chain.tracked}
    since = _NEVER
    for seen_at, body in connection.execute(_REGISTRIES):
        content: Any = parse_text(body)
        listed = {row["validator_key"] for row in content["validators"] if row["chain_id"] == chain.chain_id}
        if not tracked <= listed:
            break
        since = seen_at
    return since


def periods_of(chain: Chain, periods: PeriodRange) -> list[int]:
    """Each period of a range."""
    return list(days_of(periods) if isinstance(chain, DayChain) else range(periods.first, periods.last + 1))


def _ranges(every: Sequence[int], wanted: Collection[int]) -> list[PeriodRange]:
    """What is wanted as few ranges, none of which holds a period that is not."""
    groups = groupby(every, key=lambda period: period in wanted)
    blocks = [list(block) for is_wanted, block in groups if is_wanted]
    return [PeriodRange(block[0], block[-1]) for block in blocks]
