"""What a rendering says and keeps, on statements made by hand: every digit, every name, the same bytes again."""

from __future__ import annotations

import dataclasses
import re
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.statements.rendering.amounts import exact_sum, plain, shown
from api.statements.rendering.chart import PAPER, draw, series_of
from api.statements.rendering.columns import COLUMNS
from api.statements.rendering.errors import RenderError
from api.statements.rendering.naming import file_name
from api.statements.rendering.service import FORMATS, render_source
from api.statements.rendering.source import Payload, Source, StatedLine
from tests.statements.renderings import (
    correction,
    large_source,
    line,
    number,
    read_csv,
    read_page,
    read_parquet,
    read_pdf,
    source,
)

LARGEST = Decimal("99999999999999999999.999999999999999999")
HARD = ["9007201.939513663", "0.000000001", "-0.000000000000000001", "12.5", "1000", "0"]
"""More than a float holds, the smallest, a debt, trailing zeros to trim and not to."""


def _hard() -> Source:
    lines = [line(place, f"{Decimal(amount):.18f}") for place, amount in enumerate(HARD, start=1)]
    return source([*lines, correction(7, "-3.000000000000000001"), correction(8, "0", written_off="-44.25")])


def _amounts(content: bytes, format: str) -> list[Decimal]:
    """The amounts of the lines that a rendering shows."""
    if format == "csv":
        return [Decimal(row["amount_native"]) for row in read_csv(content)]
    if format == "parquet":
        found: list[Decimal] = read_parquet(content)["amount_native"].to_pylist()
        return found
    page = read_page(content)
    assert all(number(text) == Decimal(value) for value, text in page.amounts)
    return [Decimal(value) for value, _ in page.amounts]


def _pdf_amounts(content: bytes, count: int) -> list[Decimal]:
    """The last column of the PDF's rows of lines, which begin with their number and epoch."""
    rows = re.findall(r"^(\d+) \d{3} \D+ .* ([−\d.\u202f]+)$", read_pdf(content), re.MULTILINE)
    assert sorted(int(place) for place, _ in rows) == list(range(1, count + 1))
    return [number(amount) for _, amount in rows]


@pytest.mark.parametrize("format", ["html", "csv", "parquet"])
def test_the_lines_sum_up_to_the_total_to_the_last_digit(format: str) -> None:
    made = _hard()
    amounts = _amounts(render_source(made, format=format), format)
    assert sorted(amounts) == sorted(one["amount_native"] for one in made.lines)
    assert exact_sum(amounts) == made.statement.columns["total_commission_native"]


def test_the_lines_of_a_pdf_sum_up_to_the_total_to_the_last_digit() -> None:
    made = source([line(place, amount) for place, amount in enumerate(HARD, start=1)])
    content = render_source(made, format="pdf")
    assert exact_sum(_pdf_amounts(content, len(HARD))) == made.statement.columns["total_commission_native"]
    assert shown(made.statement.columns["payout_native"]) in read_pdf(content)


# Made from text: arithmetic on decimals would round to 28 digits.
_AMOUNTS = st.integers(1 - 10**38, 10**38 - 1).map(lambda units: Decimal(f"{units}e-18"))


@given(amounts=st.lists(_AMOUNTS, max_size=8))
@settings(max_examples=30, deadline=None)
def test_no_amount_loses_a_digit(amounts: list[Decimal]) -> None:
    made = source([line(place, amount) for place, amount in enumerate(amounts, start=1)], payout_native=Decimal(0))
    for format in ("html", "csv", "parquet"):
        assert _amounts(render_source(made, format=format), format) == amounts


@given(amount=_AMOUNTS)
def test_what_people_read_is_the_number(amount: Decimal) -> None:
    assert number(shown(amount)) == amount == Decimal(plain(amount))
    assert not re.search(r"\.\d*0$", plain(amount))


def test_an_amount_is_shown_with_all_digits_and_without_trailing_zeros() -> None:
    assert shown(Decimal("-9007201.939513663000000000")) == "−9\u202f007\u202f201.939513663"
    assert shown(Decimal("0E-18")) == "0"
    assert shown(Decimal("1000.000")) == "1\u202f000"
    assert shown(None) == "–"


def test_a_sum_is_exact_beyond_the_digits_of_the_default_context() -> None:
    assert exact_sum([LARGEST, Decimal("0.000000000000000001")]) == Decimal("100000000000000000000")


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_statement_gives_the_same_bytes(format: str) -> None:
    first = render_source(_hard(), format=format)
    time.sleep(1.1)  # a noted second would differ
    assert render_source(_hard(), format=format) == first
    # The drawing's library notes the day in a comment.
    assert b"<!--" not in first


NAMES = [
    "Łódź & Šiauliai “Staking” Kft.",
    "<script>alert(1)</script>",
    "=HYPERLINK(\"http://example.invalid\")",
    "#strong[x] $x^2$ \\u{41} `raw` <label> @ref //",
    "{{ 7 * 7 }}{% raw %}",
    "Ελλάς Київ Việt Nam İstanbul",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_as_it_is_whatever_it_holds(name: str) -> None:
    made = source([line(1, "1.5")], partner_name=name, status="PAID", payment_reference=f"{name} tx", revision=3)
    page = read_page(render_source(made, format="html"))
    assert name in page.texts
    assert "script" not in page.tags
    assert page.amounts == [("1.5", "1.5")]
    text = read_pdf(render_source(made, format="pdf"))
    assert "".join(name.split()) in "".join(text.split())
    assert read_parquet(render_source(made, format="parquet"))["partner_name"].to_pylist() == [name]


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"])
def test_text_in_csv_never_begins_like_a_formula(beginning: str) -> None:
    name = f'{beginning}1+1,"x"\r\n;y'
    made = source([line(1, "-1.5", rule_key=name)], partner_name=name, payment_reference=name)
    [row] = read_csv(render_source(made, format="csv"))
    assert row["partner_name"] == row["rule_key"] == row["payment_reference"] == f"'{name}"
    assert row["amount_native"] == "-1.5"


def test_csv_has_one_header_and_a_row_a_line() -> None:
    content = render_source(_hard(), format="csv")
    rows = read_csv(content)
    assert content.decode().split("\r\n")[0] == ",".join(COLUMNS)
    assert content.endswith(b"\r\n")
    assert "\n" not in content.decode().replace("\r\n", "")
    assert [row["line_number"] for row in rows] == [str(place) for place in range(1, 9)]
    assert (rows[0]["statement_month"], rows[0]["approved_at"]) == ("2026-01-01", "2026-02-03T09:30:00Z")
    assert (rows[0]["amount_native"], rows[7]["memo_native"]) == ("9007201.939513663", "-44.25")
    assert not any("E-" in row["amount_native"] for row in rows)


def test_parquet_is_typed_and_carries_the_totals() -> None:
    import pyarrow as pa

    memo = {"USD": {"price": "148.731234567890123456789", "amount": "1861.25"}}
    made = source([line(1, "12.5", fiat=memo, payload_ids=["a", "b"])], fiat_totals={"USD": "1861.25"})
    table = read_parquet(render_source(made, format="parquet"))
    assert tuple(table.column_names) == COLUMNS
    types = {field.name: field.type for field in table.schema}
    assert {types[name] for name in COLUMNS if name.endswith("_native")} == {pa.decimal128(38, 18)}
    assert (types["statement_month"], types["approved_at"]) == (pa.date32(), pa.timestamp("us", "UTC"))
    [row] = table.to_pylist()
    assert (row["statement_month"], row["approved_at"]) == (date(2026, 1, 1), datetime(2026, 2, 3, 9, 30, tzinfo=UTC))
    assert row["fiat"] == [{"currency": "USD", "price": memo["USD"]["price"], "amount": Decimal("1861.25")}]
    assert row["payload_ids"] == ["a", "b"]
    assert b'"total_commission_native": "12.5"' in table.schema.metadata[b"aurora.statement"]
    assert not any(pa.types.is_floating(kind) for kind in types.values())


@pytest.mark.parametrize("format", ["html", "pdf"])
def test_lines_are_grouped_by_validator_and_rule_with_subtotals(format: str) -> None:
    tips: dict[str, Any] = {"rule_key": "solana/*/MEV_TIPS/FIXED_SHARE", "revenue_component": "MEV_TIPS"}
    made = source(
        [
            line(1, "1.5"),
            line(2, "2.25", period_id=842),
            line(3, "10", **tips),
            line(4, "100.125", validator_key="Vote2", override_amount_native=Decimal("100.125")),
        ]
    )
    text = " ".join(_text(made, format).split())
    first, second = text.index("Vote1 3 lines 13.75 SOL"), text.index("Vote2 1 line 100.125 SOL")
    assert first < text.index("Subtotal 3.75") < text.index("Subtotal 10 ") < second < text.index("Subtotal 100.125")
    assert "set by hand; computed: 100.125" in text


def _text(made: Source, format: str) -> str:
    content = render_source(made, format=format)
    return read_pdf(content) if format == "pdf" else " ".join(read_page(content).texts)


@pytest.mark.parametrize("format", ["html", "pdf"])
def test_a_correction_says_what_it_corrects_and_why(format: str) -> None:
    payloads = [f"{place:064x}" for place in range(7)]
    adjusted = correction(2, "-0.5", reason_code="PROVIDER_CORRECTION", corrects_line_id="c" * 64, payload_ids=payloads)
    written_off = correction(3, "0", written_off="-9.75", reason_code="MAPPING_CHANGED")
    made = dataclasses.replace(
        source([line(1, "1.5"), adjusted, written_off]),
        corrected={"c" * 64: StatedLine(date(2025, 12, 1), 2, 14, Decimal("1.5"))},
        payloads={payloads[0]: Payload("jito", "validator_rewards", datetime(2026, 1, 9, 8, tzinfo=UTC))},
    )
    text = " ".join(_text(made, format).split())
    for words in (
        "Corrects line 14 of 2025-12, revision 2",
        "c" * 64,
        "A data provider corrected what it had reported. PROVIDER_CORRECTION",
        f"jito validator_rewards, received 2026-01-09 08:00:00 UTC {payloads[0]}",
        payloads[1],
        "and 2 more",
        "Total of adjustments −0.5",
        "The wallets that count as the partner's in the period changed. MAPPING_CHANGED",
        "Corrects nothing that was stated before",
        "Total that is not claimed back −9.75",
    ):
        assert words in text.replace("’", "'"), words


@pytest.mark.parametrize("format", ["html", "pdf"])
@pytest.mark.parametrize(
    ("status", "marking"), [("DRAFT", "DRAFT"), ("PENDING_APPROVAL", "DRAFT"), ("VOID", "VOID"), ("RELEASED", None)]
)
def test_what_does_not_count_is_marked(format: str, status: str, marking: str | None) -> None:
    approved_at = datetime(2026, 2, 3, tzinfo=UTC) if status == "RELEASED" else None
    text = _text(source([line(1, "1.5")], status=status, approved_at=approved_at), format)
    words = {"DRAFT": "Its figures can still change", "VOID": "its next revision does"}
    assert [word for word in words if words[word] in text] == ([marking] if marking else [])
    assert ("ab" * 32 in text) == (marking is None)
    assert ("aurora statements verify" in text) == (marking is None)


@pytest.mark.parametrize("format", ["html", "pdf"])
def test_a_fiat_memo_is_there_only_where_there_is_one(format: str) -> None:
    without, with_one = source([line(1, "1.5")]), source([line(1, "1.5")], fiat_totals={"USD": "1234.56"})
    assert "Worth" not in _text(without, format)
    assert "1\u202f234.56\u202fUSD" in "\u202f".join(_text(with_one, format).split())


@pytest.mark.parametrize("format", FORMATS)
def test_a_statement_without_lines_is_one_too(format: str) -> None:
    never = dict.fromkeys(
        ("lines_native", "adjustments_native", "total_commission_native", "carried_native", "minimum_payout_native")
    )
    for made in (source([]), source([], **never, payout_native=None, balance_native=None, line_count=None)):
        content = render_source(made, format=format)
        assert content
        if format == "csv":
            assert read_csv(content) == []
        if format == "html":
            assert "svg" not in read_page(content).tags


def test_days_are_written_as_days() -> None:
    made = source([line(1, "1.5", period_id=20260105), line(2, "1", period_id=20260131)], period_type="DAY")
    text = _text(made, "html")
    assert "days 2026-01-05 to 2026-01-31" in text
    assert "1 to 31 January 2026, UTC" in text


def test_a_page_holds_everything_that_it_needs() -> None:
    content = render_source(_hard(), format="html").decode()
    assert "default-src 'none'" in content
    assert not re.search(r"<script|<link|<img|@import|url\(|\bsrc=|\bhref=|\bon\w+=", content)
    assert set(re.findall(r"https?://[^\"' ]+", content)) == {"http://www.w3.org/2000/svg"}
    assert all(word in content for word in ("prefers-color-scheme: dark", "@media print"))


def test_a_pdf_is_tagged_embeds_its_fonts_and_draws_the_chart() -> None:
    import io

    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(render_source(_hard(), format="pdf")))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert not {"/CreationDate", "/ModDate"} & set(reader.metadata or {})
    assert not any(page.images for page in reader.pages)
    fonts = [
        font.get_object()["/DescendantFonts"][0]["/FontDescriptor"]
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    ]
    assert len(fonts) >= 2
    assert all({"/FontFile2", "/FontFile3"} & set(font) for font in fonts)


def test_letters_that_no_font_has_are_named_and_what_to_do() -> None:
    made = source([line(1, "1.5")], partner_name="株式会社")
    with pytest.raises(RenderError, match=r"'株.*--fonts.*html"):
        render_source(made, format="pdf")
    assert "株式会社" in _text(made, "html")


def test_a_chart_can_be_read_without_seeing_it() -> None:
    made = source([line(1, "1.5"), line(2, "-2", revenue_component="MEV_TIPS", period_id=842)])
    content = render_source(made, format="html").decode()
    [drawing] = re.findall(r"<svg.*</svg>", content, re.DOTALL)
    root = ElementTree.fromstring(drawing)
    names = {element.get("id"): element.text or "" for element in root.iter() if element.get("id")}
    assert root.get("aria-labelledby") == " ".join(names)
    assert "Execution fees, MEV tips" in names["chart-summary"]
    assert "epochs 841 to 842" in names["chart-summary"]
    assert "Together 1.5 −2 −0.5" in " ".join(_text(made, "html").split())


def test_a_chart_of_many_periods_names_some() -> None:
    series = series_of([line(place, "1", period_id=place) for place in range(1, 101)])
    root = ElementTree.fromstring(draw(series, period_type="EPOCH", title="t", summary="s", palette=PAPER))
    labels = [element.text for element in root.iter() if element.tag.endswith("text") and (element.text or "") > "0"]
    assert 5 <= len(labels) <= 40


def test_a_file_is_named_after_the_statement() -> None:
    def name(partner: str) -> str:
        return file_name(source([], partner_name=partner).statement, format="pdf")

    assert name("Acme") == "Acme-solana-2026-01-r1.pdf"
    assert name("Blue Ridge Łódź") == "Blue-Ridge-Łódź-solana-2026-01-r1.pdf"
    # What two partners' names could come to alike has the id too.
    assert name("A-B") == "A-B-00000000-solana-2026-01-r1.pdf"
    assert name("../A/B\0") == "A-B-00000000-solana-2026-01-r1.pdf"
    assert name("…") == "00000000-solana-2026-01-r1.pdf"
    assert len(name("ł" * 500).encode()) < 200


@pytest.mark.slow
def test_a_large_statement_is_rendered_whole() -> None:
    made = large_source(20_000)
    for format in ("html", "csv", "parquet"):
        content = render_source(made, format=format)
        assert exact_sum(_amounts(content, format)) == made.statement.columns["total_commission_native"]


@pytest.mark.slow
def test_a_large_statement_is_a_pdf_of_every_line() -> None:
    made = large_source(2_000)
    amounts = _pdf_amounts(render_source(made, format="pdf"), 2_000)
    assert exact_sum(amounts) == made.statement.columns["total_commission_native"]
