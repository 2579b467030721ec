"""``aurora statements``: what partners are owed, from draft to paid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aurora.amounts import number_text
from aurora.cli.inputs import ActorOption, acting

if TYPE_CHECKING:
    from api.statements.models import Reference, Statement

app = typer.Typer(
    help="Partners' statements: look, submit, approve, release, pay, void, verify, render.", no_args_is_help=True
)

StatementId = Annotated[
    str | None, typer.Argument(metavar="[STATEMENT]", help="Its id; or name it by --partner, --chain and --month.")
]
Partner = Annotated[str | None, typer.Option("--partner", help="The partner's name or id.")]
Chain = Annotated[str | None, typer.Option("--chain", help="The chain, as in: solana.")]
Month = Annotated[str | None, typer.Option("--month", metavar="YYYY-MM", help="The calendar month, UTC.")]


@app.command("list")
def list_(
    partner: Partner = None,
    chain: Chain = None,
    month: Month = None,
    status: Annotated[str | None, typer.Option("--status", help="As in: PENDING_APPROVAL.")] = None,
) -> None:
    """List statements, by partner, chain and month."""
    from rich.table import Table

    from api.statements.lifecycle import list_statements

    table = Table("partner", "chain", "month", "rev", "status", "lines", "total", "carried", "payout", "balance", "id")
    for statement in list_statements(
        _url(), partner=partner, chain_id=chain, month=_month(month), status=status.upper() if status else None
    ):
        columns = statement.columns
        table.add_row(
            columns["partner_name"],
            columns["chain_id"],
            f"{statement.month:%Y-%m}",
            str(columns["revision"]),
            statement.status,
            _text(columns["line_count"]),
            *(_text(columns[f"{name}_native"]) for name in ("total_commission", "carried", "payout", "balance")),
            statement.statement_id,
        )
    _print(table)


@app.command()
def show(statement: StatementId = None, partner: Partner = None, chain: Chain = None, month: Month = None) -> None:
    """Show a statement with its lines, and what keeps it from approval."""
    from rich.table import Table

    from api.statements.lifecycle import show_statement

    detail = show_statement(_url(), _reference(statement, partner, chain, month))
    columns = detail.statement.columns
    typer.echo(f"{detail.statement}: {detail.statement.status}, id {detail.statement.statement_id}")
    for label, name in (
        ("lines", "lines_native"),
        ("adjustments", "adjustments_native"),
        ("total", "total_commission_native"),
        ("brought forward", "carried_native"),
        ("minimum payout", "minimum_payout_native"),
        ("payout", "payout_native"),
        ("carried forward", "balance_native"),
    ):
        typer.echo(f"  {label:16}{_text(columns[name])} {columns['native_unit']}")
    for currency, amount in sorted((columns["fiat_totals"] or {}).items()):
        typer.echo(f"  {'memo':16}{amount} {currency}")
    for finding in detail.findings:
        typer.echo(f"  keeps it from approval: {finding}")
    table = Table("", "kind", "period", "validator", "component", "rule", "amount", "written off", "reason")
    for line in detail.lines:
        table.add_row(
            str(line["line_number"]),
            line["line_kind"],
            str(line["period_id"]),
            line["validator_key"],
            line["revenue_component"],
            line["rule_key"],
            _text(line["amount_native"]),
            _text(line["memo_native"]),
            line["reason_code"] or "",
        )
    _print(table)


@app.command()
def submit(
    statement: StatementId = None,
    partner: Partner = None,
    chain: Chain = None,
    month: Month = None,
    actor: ActorOption = None,
) -> None:
    """Put a draft up for approval."""
    from api.statements import lifecycle

    _tell(lifecycle.submit(_url(), _reference(statement, partner, chain, month), actor=acting(actor)))


@app.command()
def approve(
    statement: StatementId = None,
    partner: Partner = None,
    chain: Chain = None,
    month: Month = None,
    actor: ActorOption = None,
) -> None:
    """Freeze a submitted statement: its lines and figures never change again."""
    from api.statements import lifecycle

    _tell(lifecycle.approve(_url(), _reference(statement, partner, chain, month), actor=acting(actor)))


@app.command()
def release(
    statement: StatementId = None,
    partner: Partner = None,
    chain: Chain = None,
    month: Month = None,
    actor: ActorOption = None,
) -> None:
    """Let the partner see an approved statement."""
    from api.statements import lifecycle
    from aurora.settings import load_settings

    _tell(
        lifecycle.release(
            _url(),
            _reference(statement, partner, chain, month),
            actor=acting(actor),
            two_person=load_settings().two_person_release,
        )
    )


@app.command()
def pay(
    reference: Annotated[str, typer.Option("--reference", help="The payment's reference, as in: a transaction.")],
    statement: StatementId = None,
    partner: Partner = None,
    chain: Chain = None,
    month: Month = None,
    actor: ActorOption = None,
) -> None:
    """Record that a released statement was paid."""
    from api.statements import lifecycle

    found = _reference(statement, partner, chain, month)
    _tell(lifecycle.pay(_url(), found, payment_reference=reference, actor=acting(actor)))


@app.command()
def void(
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays with the statement.")],
    statement: StatementId = None,
    partner: Partner = None,
    chain: Chain = None,
    month: Month = None,
    actor: ActorOption = None,
) -> None:
    """Make a statement that is not released count no more; its next revision opens with the next transform."""
    from api.statements import lifecycle

    _tell(lifecycle.void(_url(), _reference(statement, partner, chain, month), reason=reason, actor=acting(actor)))


@app.command()
def verify(statement: StatementId = None, partner: Partner = None, chain: Chain = None, month: Month = None) -> None:
    """Compute the hash of what was approved anew: of one statement, or of all."""
    from api.statements import lifecycle
    from aurora.errors import AuroraError

    is_one = any((statement, partner, chain, month))
    checked = lifecycle.verify(_url(), _reference(statement, partner, chain, month) if is_one else None)
    broken = [one.statement_id for one in checked if not one.holds]
    if broken:
        raise AuroraError(
            f"{len(broken)} of {len(checked)} frozen statements do not say what was approved: {', '.join(broken)};"
            " the audit log and a backup tell what was"
        )
    typer.echo(f"{len(checked)} frozen statements say what was approved")


@app.command()
def render(
    format_: Annotated[str, typer.Option("--format", metavar="html|pdf|csv|parquet", help="What to render it as.")],
    statement: StatementId = None,
    partner: Partner = None,
    chain: Chain = None,
    month: Month = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Where to; by default named after the statement, - for stdout."),
    ] = None,
    fonts: Annotated[
        Path | None, typer.Option("--fonts", metavar="FOLDER", help="More fonts, for letters that the PDF's lack.")
    ] = None,
) -> None:
    """Render a statement as a file that its partner can read, print or count with."""
    from api.statements.rendering import service

    reference = _reference(statement, partner, chain, month)
    if output == Path("-"):
        content = service.render(_url(), reference, format=format_, fonts=fonts)
        typer.get_binary_stream("stdout").write(content)
    else:
        typer.echo(service.render_to_file(_url(), reference, format=format_, out=output, fonts=fonts))


@app.command()
def refresh(actor: ActorOption = None) -> None:
    """Put back to DRAFT what was submitted and states something else now; `aurora transform` does it by itself."""
    from api.statements import lifecycle

    for statement in lifecycle.refresh(_url(), actor=acting(actor)):
        _tell(statement)


def _url() -> str:
    from aurora.settings import load_settings
    from aurora.warehouse.connection import warehouse_url

    return warehouse_url(load_settings())


def _reference(statement: str | None, partner: str | None, chain: str | None, month: str | None) -> Reference:
    from api.statements.models import Reference

    return Reference(statement_id=statement, partner=partner, chain_id=chain, month=_month(month))


def _month(text: str | None) -> date | None:
    from aurora.errors import AuroraError

    if text is None:
        return None
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise AuroraError(f"{text!r} is no month: write it as YYYY-MM, as in 2026-01") from None


def _tell(statement: Statement) -> None:
    typer.echo(f"{statement} is {statement.status}, id {statement.statement_id}")


def _text(value: object) -> str:
    return "" if value is None else number_text(value) if isinstance(value, Decimal) else str(value)


def _print(table: object) -> None:
    from rich.console import Console

    console = Console()
    (console if console.is_terminal else Console(width=240)).print(table)
