"""The partners of ``aurora demo``: what is agreed with them, a month that is approved, and a correction behind it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aurora.registry import Registry
    from aurora.sandbox import SandboxServer

INTRODUCER, DELEGATOR = "Acme Introductions", "Blue Ridge Custody"
ACTOR = "demo"
_VALIDATOR = "Aurora One"
APPROVED_MONTH = date(2025, 8, 1)
CORRECTED_EPOCH = 841
"""The epoch that ends in the approved month; Jito corrects a validator's tips of it."""

# One has brought clients and earns on what they earn a validator; the other has a share of all, in tiers.
_FILE = """\
partners:
  - name: {introducer}
    email: finance@acme.example
    minimum_payout: {{solana: "0.01"}}
    wallets:
{wallets}
    agreements:
      - name: Introductions
        versions:
          - effective_from: 2025-01-01T00:00:00Z
            rules:
              - chain: solana
                validator: {validator}
                revenue_component: COMMISSION
                attribution_method: CLIENT_REVENUE
                commission_rate_bps: 2000
              - chain: solana
                validator: {validator}
                revenue_component: MEV_TIPS
                attribution_method: STAKE_WEIGHT
                commission_rate_bps: 2500
  - name: {delegator}
    agreements:
      - name: Revenue share
        versions:
          - effective_from: 2025-01-01T00:00:00Z
            negative_policy: CARRY_FORWARD
            rules:
              - {{revenue_component: ALL, attribution_method: FIXED_SHARE, commission_rate_bps: 300}}
              - chain: solana
                revenue_component: EXEC_FEES
                attribution_method: FIXED_SHARE
                cap_amount_native: "5"
                tiers:
                  mode: MARGINAL
                  basis: CUMULATIVE_MONTH
                  steps:
                    - {{from_native: "0", commission_rate_bps: 200}}
                    - {{from_native: "1", commission_rate_bps: 400}}
"""


def seed_partners(url: str, registry: Registry, sandbox: SandboxServer, folder: Path) -> Path:
    """Record both partners and what is agreed with them; a second time nothing. Gives the file it was read from."""
    from api.agreements.service import apply_file

    cells = sandbox.ledger.epoch(CORRECTED_EPOCH, tracked_only=True)
    validator = next(vote for vote, cell in cells.items() if cell.label == _VALIDATOR)
    withdrawers = sorted({staker.withdrawer for staker in sandbox.ledger.stakers(CORRECTED_EPOCH, validator).values()})
    path = agreements_file(folder, validator, withdrawers[::2])
    apply_file(url, path, registry, actor=ACTOR)
    return path


def agreements_file(folder: Path, validator: str, withdrawers: list[str]) -> Path:
    """Write the agreements of both: one has brought these clients to the validator, the other has a share of all."""
    wallets = "\n".join(
        f"      - {{chain: solana, address: {address}, kind: withdrawer, valid_from: 2025-01-01T00:00:00Z}}"
        for address in withdrawers
    )
    path = folder / "agreements.yaml"
    path.write_text(
        _FILE.format(introducer=INTRODUCER, delegator=DELEGATOR, validator=validator, wallets=wallets), encoding="utf-8"
    )
    return path


def is_approved(url: str) -> bool:
    """Whether an earlier run of the demo approved the month, and replayed the correction then."""
    from aurora.warehouse.connection import connect

    with connect(url) as connection:
        row = connection.execute(
            "select exists (select 1 from app.statements where statement_month = %s and approved_at is not null)",
            (APPROVED_MONTH,),
        ).fetchone()
    return bool(row and row[0])


def approve_month(url: str) -> None:
    """Take the introducer's statement of the month from DRAFT to RELEASED."""
    from api.statements.lifecycle import approve, release, submit
    from api.statements.models import Reference

    reference = Reference(partner=INTRODUCER, chain_id="solana", month=APPROVED_MONTH)
    submit(url, reference, actor=ACTOR)
    approve(url, reference, actor=ACTOR)
    release(url, reference, actor=ACTOR)


def correct_tips(sandbox: SandboxServer) -> None:
    """Let Jito change its mind about the tips of the corrected epoch: a tenth more for each validator that had any."""
    for vote, cell in sandbox.ledger.epoch(CORRECTED_EPOCH, tracked_only=True).items():
        if cell.gross_tips:
            sandbox.amendments.set_tips(CORRECTED_EPOCH, vote, mev_revenue=cell.gross_tips + cell.gross_tips // 10)


def print_statements(url: str) -> None:
    """Every statement, and the adjustments of the correction."""
    from rich.console import Console
    from rich.table import Table

    from aurora.amounts import number_text

    statements = _rows(
        url,
        "select partners.name as partner, statements.* from computation.partner_commission_statements as statements"
        " inner join app.partners as partners on partners.partner_id::text = statements.partner_id"
        ' order by partners.name collate "C", statements.chain_id, statements.statement_month, statements.revision',
    )
    table = Table(title="Partner statements, in the native unit")
    for name in ("partner", "chain", "month", "status"):
        table.add_column(name, no_wrap=True)
    for name in ("lines", "adjustments", "total", "payout", "balance"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in statements:
        table.add_row(
            row["partner"],
            row["chain_id"],
            f"{row['statement_month']:%Y-%m}",
            row["status"],
            *(
                number_text(row[column])
                for column in (
                    "lines_native",
                    "adjustments_native",
                    "total_commission_native",
                    "payout_native",
                    "balance_native",
                )
            ),
        )
    console = Console()
    (console if console.is_terminal else Console(width=160)).print(table)


def adjustment_of_correction(url: str) -> dict[str, Any] | None:
    """How many adjustments the correction made, what they sum to, and why; None where it made none."""
    [row] = _rows(
        url,
        "select count(*) as adjustments, sum(amount_native) as amount_native, min(reason_code) as reason_code"
        " from computation.partner_commission_adjustments where chain_id = 'solana' and period_id = %s",
        CORRECTED_EPOCH,
    )
    return row if row["adjustments"] else None


def _rows(url: str, query: str, *parameters: object) -> list[dict[str, Any]]:
    from psycopg.rows import dict_row

    from aurora.warehouse.connection import connect

    with connect(url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), parameters or None).fetchall()
