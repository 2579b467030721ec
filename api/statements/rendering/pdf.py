"""A statement as PDF/UA: tagged for screen readers, fonts embedded, the chart as vectors."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path

from api.statements.rendering.chart import PAPER
from api.statements.rendering.composing import composed
from api.statements.rendering.errors import RenderError
from api.statements.rendering.source import Source

TEMPLATE = Path(__file__).parent / "templates" / "statement.typ"

_UNKNOWN_LETTERS = re.compile(r"the text `?\"?(?P<text>.+?)\"?`? could not be displayed")


def render_pdf(source: Source, *, fonts: Path | None = None) -> bytes:
    """The same bytes for the same statement: no instant but its own, no font but those named.

    ``fonts`` is a folder of more fonts, for letters that the built-in ones lack.

    Raises:
        RenderError: the fonts lack a letter, or the folder is none.
    """
    import typst

    if fonts is not None and not fonts.is_dir():
        raise RenderError(f"{fonts} is no folder; name one that holds fonts with --fonts")
    document, drawing = composed(source, palette=PAPER)
    # As data, not as markup: whatever a name holds, it is text.
    inputs = {"document": json.dumps(asdict(document), ensure_ascii=False), "drawing": drawing}
    try:
        # This standard refuses what it cannot show instead of leaving a blank.
        return typst.compile(
            TEMPLATE.read_bytes(),
            sys_inputs=inputs,
            font_paths=typst.Fonts(include_system_fonts=False, font_paths=[] if fonts is None else [str(fonts)]),
            format="pdf",
            pdf_standards=["ua-1"],
        )
    except typst.TypstError as error:
        lacking = _UNKNOWN_LETTERS.search(error.message)
        if lacking is None:
            raise RenderError(f"{source.statement} cannot be laid out: {error.message}") from error
        raise RenderError(
            f"{source.statement} cannot be a PDF: no font has the letters {lacking['text']!r}; name a folder with fonts"
            " that do with --fonts, or render html"
        ) from None
