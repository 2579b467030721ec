"""``aurora agreements whatif``: a draft run over history, before anything of it is recorded."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aurora.amounts import number_text

if TYPE_CHECKING:
    from api.agreements.whatif import Amounts, Findings, WhatIf

_COLUMNS = (
    *("partner_name", "chain_id", "month", "native_unit", "change", "today_native", "draft_native"),
    *("difference_native", "lines_new", "lines_changed", "lines_gone", "lines_same"),
)
_FORMATS = ("table", "csv", "json")


def whatif(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A draft, as apply takes it; nothing is recorded.")],
    periods: Annotated[
        str | None,
        typer.Option("--periods", metavar="A..B", help="Months, as in 2026-01..2026-03; without: all of history."),
    ] = None,
    format: Annotated[str, typer.Option("--format", metavar="F", help="table, csv or json.")] = "table",
) -> None:
    """Show what a file would have made of history: each partner's amounts today, with the draft, and the difference."""
    from api.agreements.whatif import compare_draft
    from aurora.cli.inputs import place, reported
    from aurora.cli.progress import progress_bars
    from aurora.errors import ExportError
    from aurora.periods import parse_months
    from aurora.transform import Transformer

    if format not in _FORMATS:
        raise ExportError(f"unknown format {format!r}; there are: {', '.join(_FORMATS)}")
    months = parse_months(periods) if periods is not None else None
    url, registry = place()
    transformer = Transformer(url, target_path=_target())
    with reported(), progress_bars() as progress, progress.step("dbt") as step:
        found = compare_draft(
            url,
            file,
            registry,
            months=months,
            build=lambda apart: transformer.build_apart(apart, on_node=lambda _name, _status: step.advance()),
        )
    {"table": _print_table, "csv": _print_csv, "json": _print_json}[format](found)


def _target() -> Path:
    """A folder of its own for dbt's artifacts, since a transform may be writing its own, with what that has parsed."""
    from aurora.settings import load_settings

    parsed, target = (load_settings().home / name for name in ("dbt", "dbt-whatif"))
    if not (target / "partial_parse.msgpack").exists():
        target.mkdir(parents=True, exist_ok=True)
        # Without it, or where it is being written, dbt parses from the beginning.
        with suppress(OSError):
            shutil.copyfile(parsed / "partial_parse.msgpack", target / "partial_parse.msgpack")
    return target


def _print_table(found: WhatIf) -> None:
    from rich.table import Table

    table = Table("partner", "chain", "month", "", title="With the draft, in the native unit")
    for name in ("today", "draft", "difference", "lines"):
        table.add_column(name, justify="right", no_wrap=True)
    totals = {(total.partner_name, total.chain_id): total for total in found.totals}
    same = 0
    for place, total in totals.items():
        for entry in found.months:
            if (entry.partner_name, entry.chain_id) == place:
                if entry.change == "SAME":
                    same += 1
                else:
                    table.add_row(*_cells(entry))
        table.add_row(*_cells(total), style="bold", end_section=True)
    _show(table)
    if same:
        typer.echo(f"months in which no line differs, not shown: {same}; --format csv has them")
    for change, words in (("NEW", "Diagnostics that the draft brings"), ("GONE", "Diagnostics that it ends")):
        findings = [entry for entry in found.findings if entry.change == change]
        if findings:
            _show(_findings_table(findings, title=words))
        else:
            typer.echo(f"{words}: none")
    for note in found.notes:
        typer.echo(f"note: {note}")


def _cells(entry: Amounts) -> tuple[str, ...]:
    counts = {"new": entry.lines_new, "changed": entry.lines_changed, "gone": entry.lines_gone}
    return (
        entry.partner_name,
        entry.chain_id,
        "total" if entry.is_total else _text(entry.month) or "unknown",
        entry.change,
        _short(entry.today_native),
        _short(entry.draft_native),
        f"{_short(entry.difference_native)} {entry.native_unit}",
        ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "none",
    )


def _findings_table(findings: Iterable[Findings], *, title: str) -> object:
    from rich.table import Table

    table = Table("", "code", "partner", "agreement", "chain", "month", "count", "first", "as in", title=title)
    for entry in findings:
        table.add_row(
            "BLOCKING" if entry.is_blocking else entry.severity,
            entry.code,
            entry.partner_name or "",
            entry.agreement_name or "",
            entry.chain_id,
            _text(entry.month) or "unknown",
            str(entry.finding_count),
            str(entry.first_period_id),
            entry.detail,
        )
    return table


def _print_csv(found: WhatIf) -> None:
    """The amounts of months; what else there is to say goes to stderr, and does not end up in a spreadsheet."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for entry in found.months:
        writer.writerow([_text(getattr(entry, name)) for name in _COLUMNS])
    for finding in found.findings:
        about = "/".join(name for name in (finding.partner_name, finding.agreement_name) if name)
        where = f"{finding.chain_id} {_text(finding.month) or 'unknown'}"
        typer.echo(
            f"{finding.change} {finding.severity} {finding.code}: {about} {where}, {finding.finding_count} times, first"
            f" in {finding.first_period_id}: {finding.detail}",
            err=True,
        )
    for note in found.notes:
        typer.echo(f"note: {note}", err=True)


def _print_json(found: WhatIf) -> None:
    document = {
        "months": [_record(entry, change=entry.change) for entry in found.months],
        "totals": [_record(entry, change=entry.change) for entry in found.totals],
        "diagnostics": [_record(entry) for entry in found.findings],
        "notes": list(found.notes),
    }
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _record(entry: Amounts | Findings, **more: str) -> dict[str, Any]:
    """A row as JSON has it: amounts are decimal text."""
    values = {name: value for name, value in asdict(entry).items() if name != "is_total"} | more
    return {name: _text(value) if isinstance(value, Decimal | date) else value for name, value in values.items()}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"{value:%Y-%m}" if isinstance(value, date) else str(value)


def _short(amount: Decimal | None) -> str:
    return "" if amount is None else number_text(amount)


def _show(table: object) -> None:
    from rich.console import Console

    console = Console()
    (console if console.is_terminal else Console(width=240)).print(table)
