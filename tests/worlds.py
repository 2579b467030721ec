"""Worlds in a few lines: a warehouse, the network it is loaded from, and the comparison with the network's ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from api.migrations import upgrade
from aurora.fingerprint import Fingerprint, fingerprint
from aurora.periods import PeriodRange
from aurora.registry import Registry, read_registry
from aurora.sandbox import SandboxServer, StakerTruth, ValidatorTruth, url_overrides, write_registry
from aurora.transform import Transformer, TransformReport
from aurora.warehouse.connection import connect
from loaders.http import Backoff
from loaders.load import LoadReport, LoadRequest, run_load
from loaders.prepare import prepare_warehouse

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

FIRST, LAST = 841, 845
"""The epochs of the shared world; the last one is running."""

SHOWN_URL = "http://127.0.0.1:8899"

QUICK = Backoff(initial_seconds=0.01, maximum_seconds=0.05)

_OF_CHAINS = {
    "solana": [
        "path:models/staging/solana_rpc",
        "path:models/staging/solana_beach",
        "path:models/staging/jito",
        "path:models/staging/stakewiz",
        "path:models/intermediate/solana",
    ],
    "ethereum": [
        "path:models/staging/beacon_node",
        "path:models/staging/beaconchain",
        "path:models/staging/eth_rpc",
        "path:models/staging/mev_relay",
        "path:models/intermediate/ethereum",
    ],
}
_OF_PARTNERS = [
    "path:models/staging/app",
    "path:models/intermediate/commissions",
    "path:models/computation/*commission*",
    "path:models/computation/*statement*",
    "path:models/computation/explain_line.sql",
    "path:models/computation/revenue_pools.sql",
    "path:models/api_v1",
]

Truth = dict[tuple[int, str], tuple[ValidatorTruth, dict[str, StakerTruth]]]

PNL_COLUMNS = {
    "exec_fees_native": "exec_fees",
    "mev_tips_native": "mev_tips",
    "vote_rewards_native": "vote_rewards",
    "commission_native": "commission",
    "other_income_native": "other_income",
    "total_revenue_native": "total_revenue",
    "total_cost_native": "total_cost",
    "net_native": "net",
}


@dataclass(slots=True)
class Warehouse:
    """One database, and what tests do with it."""

    url: str
    manifest: Manifest = field(repr=False)
    target: Path = field(repr=False)
    _transformer: Transformer | None = field(default=None, init=False, repr=False, compare=False)

    def load(self, registry: Registry, first: int, last: int, **options: Any) -> LoadReport:
        """Load epochs of the chain `solana`."""
        request = LoadRequest("solana", PeriodRange(first, last), **options)
        return run_load(registry, self.url, request, backoff=QUICK)

    def build(self, registry: Registry | None = None, *, chain: str | None = None, **options: Any) -> TransformReport:
        """Migrate and land the registry where one is given, then build and test everything.

        Of a warehouse that is built already, ``chain`` leaves the models of other chains and of partners as they are:
        half of the nodes, each of which costs dbt more than its query costs Postgres.
        """
        if registry is not None:
            upgrade(self.url)
            prepare_warehouse(self.url, registry)
        if chain is not None:
            others = [path for name, paths in _OF_CHAINS.items() if name != chain for path in paths]
            options["exclude"] = [*others, *_OF_PARTNERS]
            # Whatever is left out is up to date, so that nobody waits for it.
            self.execute("update ops.model_watermark set built_through = pg_current_xact_id()")
        return self.transformer.build(**options)

    @property
    def transformer(self) -> Transformer:
        """dbt on this database: one, since the manifest is copied for it."""
        if self._transformer is None:
            self._transformer = Transformer(self.url, target_path=self.target, manifest=self.manifest)
        return self._transformer

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """Rows of a query, by column name."""
        with connect(self.url) as connection, connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(query.encode(), parameters or None)
            return cursor.fetchall()

    def value(self, query: str, *parameters: object) -> Any:
        """The one value of a query."""
        [row] = self.rows(query, *parameters)
        [value] = row.values()
        return value

    def execute(self, statement: str, *parameters: object) -> None:
        """Run a statement and commit it."""
        with connect(self.url) as connection:
            connection.execute(statement.encode(), parameters or None)

    def fingerprint(self) -> Fingerprint:
        """The content of the derived tables."""
        return fingerprint(self.url)

    def payload_ids(self) -> set[str]:
        """Every payload that was landed, of whatever endpoint."""
        tables = self.rows(
            "select table_schema, table_name from information_schema.columns"
            " where column_name = 'payload' and table_schema ~ '^staging_' and table_schema <> 'staging_registry'"
            " and table_name <> '_rejected'"
        )
        return {
            row["payload_id"]
            for table in tables
            for row in self.rows(f"select payload_id from {table['table_schema']}.{table['table_name']}")
        }

    def disconnect_everybody(self) -> None:
        """Close what is still connected, so that the database can be copied."""
        with connect(self.url, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )


@dataclass(frozen=True, slots=True)
class World:
    """A built warehouse and the truth about its network at that time, by epoch and vote account."""

    warehouse: Warehouse
    truth: Truth


def registry_of(network: SandboxServer, folder: Path) -> Registry:
    """The registry that the network writes of itself."""
    files = write_registry(folder, network, shown_url=SHOWN_URL)
    return read_registry(*files, environment=url_overrides(network))


def build_world(warehouse: Warehouse, registry: Registry, network: SandboxServer) -> None:
    """Load the finished epochs and the running one, and build."""
    if network.clock.epoch != LAST:
        raise ValueError(f"the network runs epoch {network.clock.epoch}, not {LAST}")
    report = warehouse.load(registry, FIRST, LAST)
    if report.failed_runs:
        raise ValueError(report.failed_runs[0].error_message)
    warehouse.build(registry)


def lamports(amount: Decimal | None) -> int | None:
    """SOL as whole lamports; fails where a fraction of one is left."""
    if amount is None:
        return None
    scaled = amount.scaleb(9)
    if scaled != scaled.to_integral_value():
        raise AssertionError(f"{amount} SOL is no whole number of lamports")
    return int(scaled)


def pnl_cells(warehouse: Warehouse) -> dict[tuple[int, str], dict[str, Any]]:
    """The P&L by epoch and vote account: lamports, and the flags."""
    cells = {}
    for row in warehouse.rows("select * from computation.validator_pnl where chain_id = 'solana'"):
        amounts = {name: lamports(row[column]) for column, name in PNL_COLUMNS.items()}
        flags = {name: row[name] for name in ("is_complete", "is_finalized")}
        missing = tuple(sorted(row["missing_data_types"]))
        cells[row["period_id"], row["validator_key"]] = {**amounts, **flags, "missing_data_types": missing}
    return cells


def true_cells(network: SandboxServer, first: int, last: int) -> dict[tuple[int, str], dict[str, Any]]:
    """The ledger's P&L in the form of `pnl_cells`."""
    return {
        (epoch, vote): true_cell(cell)
        for epoch in range(first, last + 1)
        for vote, cell in network.ledger.epoch(epoch, tracked_only=True).items()
    }


def true_cell(cell: ValidatorTruth) -> dict[str, Any]:
    """One cell of the ledger."""
    names = [*PNL_COLUMNS.values(), "is_complete", "is_finalized"]
    return {
        **{name: getattr(cell, name) for name in names},
        "missing_data_types": tuple(sorted(cell.missing_data_types)),
    }
