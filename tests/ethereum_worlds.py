"""The Ethereum side of the test worlds: a quick chain, mappings by name, and the comparison with its ledger."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from typing import Any

from aurora.periods import PeriodRange
from aurora.registry import Registry, read_registry
from aurora.sandbox import SandboxServer, url_overrides, write_registry
from loaders.load import LoadReport, LoadRequest, run_load
from tests.worlds import QUICK, SHOWN_URL, Warehouse

FIRST_DAY, LAST_DAY, RUNNING_DAY = 20260101, 20260104, 20260105

DATA_TYPES = ("FEES", "MEV", "REWARDS", "META")
PRIMARIES = {"FEES": "eth_rpc", "MEV": "mev_relay", "REWARDS": "beacon_node", "META": "beacon_node"}

AMOUNTS = {
    "exec_fees_native": "exec_fees",
    "mev_tips_native": "mev_tips",
    "vote_rewards_native": "vote_rewards",
    "commission_native": "commission",
    "total_revenue_native": "total_revenue",
    "net_native": "net",
}

Cells = dict[tuple[int, str], dict[str, Any]]


def mapped(**providers: str) -> list[dict[str, Any]]:
    """Mappings in which each data type has one provider, its usual one unless named: ``mapped(FEES="beaconchain")``."""
    return [
        {
            "chain": "ethereum",
            "data_type": data_type,
            "provider": providers.get(data_type, PRIMARIES[data_type]),
            "role": "primary",
            "priority": 1,
        }
        for data_type in DATA_TYPES
    ]


def ethereum_registry(
    network: SandboxServer, folder: Path, *, mappings: list[dict[str, Any]] | None = None
) -> Registry:
    """The registry of the network's Ethereum chain."""
    files = write_registry(folder, network, shown_url=SHOWN_URL, chains=("ethereum",), mappings=mappings)
    return read_registry(*files, environment=url_overrides(network))


def load_days(warehouse: Warehouse, registry: Registry, first: int, last: int, **options: Any) -> LoadReport:
    """Load days of the chain `ethereum`."""
    request = LoadRequest("ethereum", PeriodRange(first, last), **options)
    return run_load(registry, warehouse.url, request, backoff=QUICK)


def wei(amount: Decimal | None) -> int | None:
    """ETH as whole wei."""
    return None if amount is None else int(amount.scaleb(18))


def pnl_cells(warehouse: Warehouse) -> Cells:
    """The P&L by day and public key: wei, and the flags."""
    cells: Cells = {}
    for row in warehouse.rows("select * from computation.validator_pnl where chain_id = 'ethereum'"):
        cells[row["period_id"], row["validator_key"]] = {
            **{name: wei(row[column]) for column, name in AMOUNTS.items()},
            "is_complete": row["is_complete"],
            "is_finalized": row["is_finalized"],
            "missing_data_types": tuple(sorted(row["missing_data_types"])),
        }
    return cells


def true_cells(network: SandboxServer, days: Collection[int], *, by_explorer: bool = False) -> Cells:
    """The ledger's P&L in the form of `pnl_cells`; ``by_explorer``: what beaconcha.in alone can tell of it."""
    return {
        (day, key): {
            **{name: getattr(truth, name) for name in AMOUNTS.values()},
            "is_complete": truth.is_complete,
            "is_finalized": truth.is_finalized,
            "missing_data_types": tuple(sorted(truth.missing_data_types)),
        }
        for day in days
        for key, truth in network.ethereum.ledger.day(day, tracked_only=True, by_explorer=by_explorer).items()
    }


def labels(warehouse: Warehouse) -> dict[str, str]:
    """Labels by public key."""
    rows = warehouse.rows("select validator_key, label from canonical.validators where chain_id = 'ethereum'")
    return {row["validator_key"]: row["label"] for row in rows}
