"""Render a statement, and put it into a file or hand its bytes on."""

from __future__ import annotations

from pathlib import Path

from api.statements.models import Reference
from api.statements.rendering.errors import RenderError
from api.statements.rendering.naming import file_name
from api.statements.rendering.source import Source, read_source
from aurora.export import require_writable, whole_file

FORMATS = ("html", "pdf", "csv", "parquet")


def render(url: str, reference: Reference, *, format: str, fonts: Path | None = None) -> bytes:
    """A statement in a format; the same statement gives the same bytes.

    Raises:
        RenderError: an unknown format, or something that the format cannot hold.
        StatementError: there is no such statement, or it is not whole or not what was approved.
        WarehouseError: the database is not reached, not migrated or not built.
    """
    require_format(format)
    return render_source(read_source(url, reference), format=format, fonts=fonts)


def render_to_file(
    url: str, reference: Reference, *, format: str, out: Path | None = None, fonts: Path | None = None
) -> Path:
    """Render into ``out``, by default a file in the current folder that is named after the statement; gives its path.

    The file appears whole or not at all.

    Raises:
        ExportError: the path cannot be written.
        RenderError, StatementError, WarehouseError: as `render`.
    """
    require_format(format)
    if out is not None:
        require_writable(out, option="--output")
    source = read_source(url, reference)
    content = render_source(source, format=format, fonts=fonts)
    path = out or Path(file_name(source.statement, format=format))
    with whole_file(path, option="--output") as temporary:
        temporary.write_bytes(content)
    return path


def require_format(format: str) -> None:
    """Refuse a format that is none of `FORMATS`.

    Raises:
        RenderError: it is none.
    """
    if format not in FORMATS:
        raise RenderError(f"unknown format {format!r}; there are: {', '.join(FORMATS)}")


def render_source(source: Source, *, format: str, fonts: Path | None = None) -> bytes:
    """What was read, in one of `FORMATS`.

    Raises:
        RenderError: something that the format cannot hold.
    """
    # Each brings a library of its own.
    if format == "html":
        from api.statements.rendering.html import render_html

        return render_html(source)
    if format == "pdf":
        from api.statements.rendering.pdf import render_pdf

        return render_pdf(source, fonts=fonts)
    if format == "csv":
        from api.statements.rendering.csv_file import render_csv

        return render_csv(source)
    from api.statements.rendering.parquet_file import render_parquet

    return render_parquet(source)
