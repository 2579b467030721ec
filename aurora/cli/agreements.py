"""``aurora agreements``: partners, wallets and agreements from one declarative file."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from aurora.amounts import number_text
from aurora.cli.inputs import ActorOption, acting, place, reported
from aurora.cli.whatif import whatif

app = typer.Typer(help="What is agreed with partners, as one declarative file.", no_args_is_help=True)

_File = Annotated[Path, typer.Argument(metavar="FILE", help="As in agreements.yaml; docs/agreements.md has a sample.")]


@app.command()
def apply(
    file: _File,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change, and change nothing.")] = False,
    actor: ActorOption = None,
) -> None:
    """Record what a file states: all of it or nothing. Applying it twice changes nothing."""
    from api.agreements.service import apply_file, compare_file

    url, registry = place()
    with reported():
        if dry_run:
            difference = compare_file(url, file, registry)
        else:
            difference = apply_file(url, file, registry, actor=acting(actor))
    _print(difference.lines, difference.notes)
    if not dry_run and difference.lines:
        typer.echo("recorded")


@app.command()
def diff(file: _File) -> None:
    """Print what applying a file would change: minus is superseded, plus is recorded."""
    from api.agreements.service import compare_file

    url, registry = place()
    with reported():
        difference = compare_file(url, file, registry)
    _print(difference.lines, difference.notes)


@app.command()
def export(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="The file to write; - prints it.")] = "-",
) -> None:
    """Write everything in force as a file that can be applied again."""
    from api.agreements.service import export_file
    from aurora.errors import ExportError
    from aurora.settings import load_settings
    from aurora.warehouse.connection import warehouse_url

    text = export_file(warehouse_url(load_settings()))
    if file == "-":
        typer.echo(text, nl=False)
        return
    path = Path(file)
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise ExportError(f"{file} cannot be written: {error.strerror}; name another path") from None
    count = text.count("\n  - name: ")
    typer.echo(f"partners in {file}: {count}")


@app.command()
def explain(
    line_id: Annotated[str, typer.Argument(metavar="LINE_ID", help="As computation.partner_commission_lines has it.")],
    wallets: Annotated[bool, typer.Option("--wallets", help="Break it down to the clients' accounts.")] = False,
) -> None:
    """Print how a commission line comes about, so that it can be computed again by hand."""
    from aurora.explanation import explain_line
    from aurora.settings import load_settings
    from aurora.warehouse.connection import warehouse_url

    explained = explain_line(warehouse_url(load_settings()), line_id, with_wallets=wallets)
    typer.echo(f"{explained.about}\n\n{explained.text}")
    if wallets:
        typer.echo("")
        for part in explained.parts:
            amount = number_text(part.amount_native)
            typer.echo(f"{part.staker}  {amount}  ({part.weight_kind} {part.weight}, {part.wallet})")
        typer.echo(f"accounts: {len(explained.parts)}")


@app.command()
def lint(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Judge what applying this would give.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
) -> None:
    """Print what is allowed in agreements and looks wrong: gaps, rules that never count, sums of rates."""
    from api.agreements.lint import ERROR, INFO
    from api.agreements.service import lint as find
    from aurora.errors import AuroraError

    url, registry = place()
    with reported():
        findings = find(url, registry, file)
    for finding in findings:
        typer.echo(str(finding))
    if not findings:
        typer.echo("nothing looks wrong")
    failing = [finding for finding in findings if finding.severity == ERROR or (strict and finding.severity != INFO)]
    if failing:
        raise AuroraError(f"findings that fail: {len(failing)}, listed above; correct the agreements")


app.command()(whatif)


def _print(lines: tuple[str, ...], notes: tuple[str, ...]) -> None:
    for line in lines or ("no difference",):
        typer.echo(line)
    for note in notes:
        typer.echo(f"note: {note}")
