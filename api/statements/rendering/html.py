"""A statement as one HTML file: style and chart within, no script, nothing fetched."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from api.statements.rendering.chart import SCREEN
from api.statements.rendering.composing import composed
from api.statements.rendering.source import Source

TEMPLATES = Path(__file__).parent / "templates"


def render_html(source: Source) -> bytes:
    """UTF-8. Everything that is not of the template is escaped, the chart by its own writer."""
    document, drawing = composed(source, palette=SCREEN)
    page = _environment().get_template("statement.html.j2")
    # ElementTree escaped what is in the drawing.
    return page.render(document=document, drawing=Markup(drawing)).encode()


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
