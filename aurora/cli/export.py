"""``aurora export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    relation: Annotated[str, typer.Argument(metavar="RELATION", help="As in computation.validator_pnl.")],
    out: Annotated[Path, typer.Option("--out", metavar="PATH", help="The file to write.")],
    format: Annotated[str, typer.Option("--format", metavar="F", help="parquet, csv or jsonl.")] = "parquet",
) -> None:
    """Write any relation of the warehouse to a file, with exact decimals."""
    from aurora.export import export_relation
    from aurora.settings import load_settings
    from aurora.warehouse.connection import warehouse_url

    count = export_relation(warehouse_url(load_settings()), relation, format=format, out=out)  # type: ignore[arg-type]
    typer.echo(f"{count} rows of {relation} in {out}")
