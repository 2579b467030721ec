"""The chart of a statement: what its periods earned the partner, by revenue component, as SVG without a script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from api.statements.rendering.amounts import exact_sum
from api.statements.rendering.wording import component_words, period_label

WIDTH, HEIGHT = 960, 330
_MOST_LABELS = 16
_LETTERS = 13
_ORDER = ("EXEC_FEES", "MEV_TIPS", "VOTE_REWARDS", "COMMISSION")

_STYLE = """
.chart-svg text { font-family: %(font)s; font-size: %(letters)spx; fill: %(ink)s; stroke: none }
.chart-svg .background { fill: none }
.chart-svg .axis.x text { text-anchor: middle }
.chart-svg .axis.y text { text-anchor: end }
.chart-svg .guide.line { fill: none; stroke: %(rule)s; stroke-width: 1 }
.chart-svg .axis.x .line { display: none; stroke: none }
.chart-svg .axis.y .axis.line { fill: none; stroke: %(ink)s; stroke-width: 1 }
.chart-svg .color-0 { fill: %(color_0)s }
.chart-svg .color-1 { fill: %(color_1)s }
.chart-svg .color-2 { fill: %(color_2)s }
.chart-svg .color-3 { fill: %(color_3)s }
.chart-svg .color-4 { fill: %(color_4)s }
"""
PAPER = {
    "font": "Libertinus Serif",
    "ink": "#3b4252",
    "rule": "#dfe3ea",
    "color_0": "#2f5fd0",
    "color_1": "#e08a1e",
    "color_2": "#1a8f7a",
    "color_3": "#8e4ec6",
    "color_4": "#7a8494",
}
"""Colours of the chart on paper, told apart by people who see few colours too."""
SCREEN = {
    "font": "inherit",
    "ink": "var(--muted)",
    "rule": "var(--hairline)",
    **{f"color_{place}": f"var(--series-{place})" for place in range(5)},
}
"""Colours that the page's own style sheet sets, by light and dark."""


@dataclass(frozen=True, slots=True)
class Series:
    """What was earned by period and component, exactly; periods in their order, components in a fixed one."""

    period_ids: list[int]
    components: list[str]
    amounts: Mapping[tuple[int, str], Decimal]

    def total(self, *, period_ids: Iterable[int] | None = None, components: Iterable[str] | None = None) -> Decimal:
        """The sum of some periods and components, by default of all."""
        rows = set(self.period_ids if period_ids is None else period_ids)
        columns = set(self.components if components is None else components)
        return exact_sum(
            amount for (period_id, name), amount in self.amounts.items() if period_id in rows and name in columns
        )


def series_of(lines: Iterable[Mapping[str, Any]]) -> Series:
    """The series of a statement's lines; corrections are of other periods, and left out."""
    cells: dict[tuple[int, str], list[Decimal]] = {}
    for line in lines:
        if line["line_kind"] == "LINE":
            cells.setdefault((line["period_id"], line["revenue_component"]), []).append(line["amount_native"])
    found = {component for _, component in cells}
    return Series(
        period_ids=sorted({period_id for period_id, _ in cells}),
        components=[name for name in _ORDER if name in found] + sorted(found - set(_ORDER)),
        amounts={cell: exact_sum(amounts) for cell, amounts in cells.items()},
    )


def draw(series: Series, *, period_type: str, title: str, summary: str, palette: Mapping[str, str]) -> str:
    """Stacked columns as one SVG element; empty text where there is nothing to draw.

    ``title`` and ``summary`` are for those who do not see it. The same series gives the same text.
    """
    if not series.period_ids:
        return ""
    import pygal
    from pygal.style import Style

    every = -(-len(series.period_ids) // _MOST_LABELS)
    figure = pygal.StackedBar(
        width=WIDTH,
        height=HEIGHT,
        js=(),
        style=Style(**dict.fromkeys(("label_font_size", "major_label_font_size", "legend_font_size"), _LETTERS)),
        truncate_label=-1,
        truncate_legend=-1,
        no_prefix=True,
        legend_at_bottom=True,
        legend_at_bottom_columns=len(series.components),
        max_scale=7,
        margin=8,
        spacing=8,
        rounded_bars=2,
        value_formatter=lambda number: f"{number:,.10g}".replace(",", "\N{NARROW NO-BREAK SPACE}").replace("-", "−"),
        show_minor_x_labels=every == 1,
    )
    labels = [period_label(period_id, period_type=period_type) for period_id in series.period_ids]
    if period_type == "DAY":
        labels = [label[5:] for label in labels]  # all of one month
    figure.x_labels = labels
    if every > 1:
        figure.x_labels_major = labels[::every]
    for component in series.components:
        # Only here does an amount become a float: it is the height of a column. What is written is in the table.
        heights = [float(series.amounts.get((period_id, component), 0)) for period_id in series.period_ids]
        figure.add(component_words(component), heights)
    return _cleaned(figure.render_tree(), title=title, summary=summary, palette=palette)


def _cleaned(root: Any, *, title: str, summary: str, palette: Mapping[str, str]) -> str:
    """The drawing alone: without the library's script, style sheet, tool tips, and the date that it notes."""
    drawing = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "chart-svg",
            "viewBox": f"0 0 {WIDTH} {HEIGHT}",
            "role": "img",
            "aria-labelledby": "chart-title chart-summary",
        },
    )
    ElementTree.SubElement(drawing, "title", {"id": "chart-title"}).text = title
    ElementTree.SubElement(drawing, "desc", {"id": "chart-summary"}).text = summary
    ElementTree.SubElement(drawing, "style").text = _STYLE % {**palette, "letters": _LETTERS}
    for child in root:
        _copy(child, drawing)
    return ElementTree.tostring(drawing, encoding="unicode")


_LEFT_OUT = {"defs", "script", "style", "title", "desc"}


def _copy(element: Any, parent: ElementTree.Element) -> None:
    # What has no name is a comment.
    if not isinstance(element.tag, str):
        return
    name = element.tag.rpartition("}")[2]
    classes = element.get("class", "")
    if name in _LEFT_OUT or "overlay" in classes:
        return
    attributes = {key: value for key, value in element.attrib.items() if key not in {"id", "style"}}
    copied = ElementTree.SubElement(parent, name, attributes)
    copied.text = element.text
    for child in element:
        _copy(child, copied)
