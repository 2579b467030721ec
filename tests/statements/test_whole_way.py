"""Corrections through the models of commissions themselves: dbt computes lines, the service moves statements."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api.statements import lifecycle
from api.statements.models import Reference
from aurora.warehouse.connection import connect
from tests.commissions.books import (
    Agreement,
    Books,
    Cell,
    Period,
    Rule,
    Version,
    instant,
)
from tests.commissions.recording import record_version, write_agreements, write_revenue
from tests.postgres import PostgresServer
from tests.shared_files import shared_path
from tests.statements.desk import MODELS, lamports
from tests.worlds import Warehouse

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

pytestmark = pytest.mark.slow

SELECTION = ("int_commissions__terms+", "int_commissions__clients+", "int_commissions__stakes+", "statement_revisions+")


@pytest.fixture
def warehouse(
    server: PostgresServer,
    desk_template: str,
    manifest: Manifest,
    dbt_target: Path,
    database_names: Callable[[str], str],
) -> Iterator[Warehouse]:
    name = database_names("whole_way")
    yield Warehouse(server.create(name, template=desk_template), manifest, dbt_target)
    server.drop(name)


def _vectors() -> dict[str, dict[str, Any]]:
    document = json.loads(shared_path("vectors/commissions.json").read_text())
    return {vector["id"]: vector for vector in document["vectors"]}


def _revenue(books: Books, amounts: dict[tuple[int, str], int]) -> None:
    books.cells = [
        Cell(
            "solana",
            period,
            validator,
            {"EXEC_FEES": amount, "MEV_TIPS": 0, "VOTE_REWARDS": 0, "COMMISSION": 0},
            active_stake=1,
        )
        for (period, validator), amount in amounts.items()
    ]


def _build(warehouse: Warehouse, *, full_refresh: bool = False) -> None:
    # What the books write by hand is as new as a transform of everything would make it.
    warehouse.execute("update ops.model_watermark set built_through = pg_current_xact_id()")
    # Tests from raw to P&L have nothing to say about books: only those of statements are run.
    warehouse.build(select=SELECTION, full_refresh=full_refresh, command="run")
    warehouse.build(select=MODELS, command="test")


def _adjustments(warehouse: Warehouse) -> list[tuple[str, int, int, str]]:
    rows = warehouse.rows(
        "select partners.name as partner, period_id, amount_native, reason_code"
        " from computation.partner_commission_adjustments as adjustments inner join app.partners as partners"
        " on adjustments.partner_id = partners.partner_id::text where not is_frozen order by 1, 2"
    )
    return [(row["partner"], row["period_id"], lamports(row["amount_native"]) or 0, row["reason_code"]) for row in rows]


def test_r03_r04_and_a05_from_revenue_to_adjustment(warehouse: Warehouse) -> None:
    """A cap, tiers over a month, and an amendment of the past; then nothing changes by building again."""
    vectors = _vectors()
    cap, tiers, amended = (vectors[name]["inputs"] for name in ("R03", "R04", "A05"))
    steps = [(int(step["from"]), int(step["rate_bps"])) for step in tiers["tiers"]]
    first_of_january = datetime.fromisoformat("2025-01-01T00:00:00+00:00")
    cap_rule = Rule("EXEC_FEES", rate=int(cap["rate_bps"]), validator="V1", cap=int(cap["cap"]))
    capped = Agreement(
        "Capped",
        "Cap",
        [Version(first_of_january, [cap_rule])],
    )
    tiered = Agreement(
        "Tiered",
        "Tiers",
        [
            Version(
                first_of_january,
                [
                    Rule(
                        "EXEC_FEES",
                        validator="V2",
                        tier_mode=tiers["mode"],
                        tier_basis="CUMULATIVE_MONTH",
                        tiers=steps,
                    )
                ],
            )
        ],
    )
    changing = Agreement(
        "Amended", "Terms", [Version(first_of_january, [Rule("EXEC_FEES", rate=500, validator="V3", key="fees")])]
    )
    books = Books(
        periods=[
            Period("solana", 801, instant("2025-02-03"), instant("2025-02-05")),
            Period("solana", 802, instant("2025-02-05"), instant("2025-02-07")),
        ],
        agreements=[capped, tiered, changing],
    )
    amounts = {
        (801, "V1"): int(cap["first"]),
        (801, "V2"): int(tiers["first"][0]),
        (802, "V2"): int(tiers["first"][1]),
        (801, "V3"): int(amended["component_amount"]),
    }
    _revenue(books, amounts)
    write_revenue(warehouse.url, books)
    write_agreements(warehouse.url, books)
    _build(warehouse, full_refresh=True)
    for partner in ("Capped", "Tiered", "Amended"):
        reference = Reference(partner=partner, chain_id="solana", month=date(2025, 2, 1))
        lifecycle.submit(warehouse.url, reference, actor="ann")
        lifecycle.approve(warehouse.url, reference, actor="ben")
    stated = {
        row["partner_name"]: lamports(row["total_commission_native"])
        for row in warehouse.rows("select * from computation.partner_commission_statements")
    }
    assert stated == {
        "Capped": int(vectors["R03"]["expected"]["stated"]),
        "Tiered": sum(int(amount) for amount in vectors["R04"]["expected"]["stated"]),
        "Amended": int(amended["stated"]),
    }

    amounts[801, "V1"] = int(cap["corrected"])
    amounts[801, "V2"], amounts[802, "V2"] = (int(amount) for amount in tiers["corrected"])
    _revenue(books, amounts)
    write_revenue(warehouse.url, books, touch=True)
    with connect(warehouse.url) as connection:
        connection.execute(
            "update app.agreement_versions set superseded_at = now() where agreement_id = %s", (changing.agreement_id,)
        )
        for number, (since, until, rate) in enumerate(
            [
                (first_of_january, instant("2025-02-01"), 500),
                (instant("2025-02-01"), None, int(amended["new_rate_bps"])),
            ],
            2,
        ):
            version = Version(since, [Rule("EXEC_FEES", rate=rate, validator="V3", key="fees")], until)
            record_version(connection, changing, version, number)
    _build(warehouse)
    expected = [int(amount) for amount in vectors["R04"]["expected"]["adjustments"]]
    found = _adjustments(warehouse)
    assert found == [
        ("Amended", 801, int(vectors["A05"]["expected"]["adjustment"]), vectors["A05"]["expected"]["reason_code"]),
        ("Capped", 801, int(vectors["R03"]["expected"]["adjustment"]), "MODEL_CHANGED"),
        ("Tiered", 801, expected[0], "MODEL_CHANGED"),
        ("Tiered", 802, expected[1], "MODEL_CHANGED"),
    ]
    assert warehouse.value("select count(*) from computation.partner_commission_statements where status = 'DRAFT'") == 3

    before = warehouse.fingerprint()
    _build(warehouse)
    assert before.changed(warehouse.fingerprint()) == []
    _build(warehouse, full_refresh=True)
    assert before.changed(warehouse.fingerprint()) == []
    assert _adjustments(warehouse) == found
