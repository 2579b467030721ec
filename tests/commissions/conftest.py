"""A warehouse with every table and nothing in them but the registry, and the models of commissions on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aurora.registry import read_registry
from aurora.settings import PROJECT_ROOT
from tests.commissions.books import DECIMALS, Books
from tests.commissions.recording import write_agreements, write_revenue
from tests.postgres import PostgresServer
from tests.worlds import Warehouse

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

SELECTION = ("int_commissions__terms+", "int_commissions__clients+", "int_commissions__stakes+")

LINE_KEY = ("agreement_id", "rule_key", "chain_id", "period_id", "validator_key", "revenue_component")


@dataclass(frozen=True, slots=True)
class Computed:
    """What the models made of the books, in base units."""

    lines: dict[tuple[Any, ...], dict[str, Any]]
    diagnostics: list[dict[str, Any]]
    pools: dict[tuple[Any, ...], dict[str, Any]]
    exact: dict[tuple[Any, ...], Fraction | None]
    carries: dict[tuple[Any, ...], int]

    def codes(self, **about: object) -> set[str]:
        """Codes of the diagnostics that are about this."""
        return {row["code"] for row in self.diagnostics if all(row[name] == value for name, value in about.items())}


@dataclass(frozen=True, slots=True)
class Ledger:
    """A warehouse for books."""

    warehouse: Warehouse

    def compute(self, books: Books) -> Computed:
        """Write the books in place of others, and build every commission."""
        write_revenue(self.warehouse.url, books)
        write_agreements(self.warehouse.url, books)
        self.build(full_refresh=True)
        return self.read()

    def build(self, *, full_refresh: bool = False) -> None:
        """Build and test the models of commissions."""
        self.warehouse.build(select=SELECTION, full_refresh=full_refresh)

    def read(self) -> Computed:
        """Lines, diagnostics, pools, and what the lines come from."""
        lines = self.warehouse.rows("select * from computation.partner_commission_lines")
        pools = self.warehouse.rows("select * from computation.revenue_pools")
        amounts = self.warehouse.rows("select * from computation.commission_amounts")
        carries = self.warehouse.rows("select * from computation.commission_carries")
        return Computed(
            lines={tuple(row[name] for name in LINE_KEY): _in_base_units(row) for row in lines},
            diagnostics=self.warehouse.rows("select * from computation.commission_diagnostics"),
            pools={tuple(row[name] for name in LINE_KEY[2:]): _in_base_units(row) for row in pools},
            exact={tuple(row[name] for name in LINE_KEY): _exact(row) for row in amounts},
            carries={tuple(row[name] for name in LINE_KEY): int(row["carried_out_base_units"]) for row in carries},
        )


def _exact(row: dict[str, Any]) -> Fraction | None:
    numerator, denominator = row["amount_numerator"], row["amount_denominator"]
    return None if numerator is None else Fraction(int(numerator), int(denominator))


Ledgers = Callable[[], AbstractContextManager[Ledger]]


def _in_base_units(row: dict[str, Any]) -> dict[str, Any]:
    decimals = DECIMALS[row["chain_id"]]
    whole = {}
    for name, value in row.items():
        if name.endswith("_native") and value is not None:
            scaled = value.scaleb(decimals)
            assert scaled == scaled.to_integral_value(), f"{name} is {value}"
            whole[name.removesuffix("_native")] = int(scaled)
        else:
            whole[name.removesuffix("_native")] = value
    return whole


@pytest.fixture(scope="session")
def bare_database(server: PostgresServer, manifest: Manifest, dbt_target: Path) -> str:
    """The name of a database in which everything is built of nothing: a template."""
    name = "aurora_bare"
    warehouse = Warehouse(server.create(name), manifest, dbt_target)
    registry = read_registry(PROJECT_ROOT / "chains.yaml", PROJECT_ROOT / "providers.yaml", environment={})
    warehouse.build(registry, command="run")
    warehouse.disconnect_everybody()
    return name


@pytest.fixture(scope="session")
def ledgers(
    server: PostgresServer,
    bare_database: str,
    manifest: Manifest,
    dbt_target: Path,
    database_names: Callable[[str], str],
) -> Ledgers:
    """Ledgers of whoever asks."""

    @contextmanager
    def opened() -> Iterator[Ledger]:
        name = database_names("ledger")
        yield Ledger(Warehouse(server.create(name, template=bare_database), manifest, dbt_target))
        server.drop(name)

    return opened


@pytest.fixture
def ledger(ledgers: Ledgers) -> Iterator[Ledger]:
    """A ledger of a test's own."""
    with ledgers() as opened:
        yield opened


@pytest.fixture(scope="module")
def module_ledger(ledgers: Ledgers) -> Iterator[Ledger]:
    """A ledger that the tests of a module share."""
    with ledgers() as opened:
        yield opened
