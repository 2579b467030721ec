"""Statements made by hand, without a database, and what a reader gets out of each rendering again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from api.statements.content import LINE_COLUMNS
from api.statements.models import Statement
from api.statements.rendering.amounts import MINUS, THIN_SPACE, exact_sum
from api.statements.rendering.source import Source

APPROVED_AT = datetime(2026, 2, 3, 9, 30, tzinfo=UTC)


def line(number: int, amount: Decimal | str, **changes: Any) -> dict[str, Any]:
    """A line of epoch 841 that states an amount."""
    made: dict[str, Any] = dict.fromkeys(LINE_COLUMNS)
    made |= {
        "line_number": number,
        "line_kind": "LINE",
        "line_id": f"{number:064x}",
        "agreement_id": "00000000-0000-4000-8000-0000000000a2",
        "agreement_version": 1,
        "rule_key": "solana/*/EXEC_FEES/FIXED_SHARE",
        "chain_id": "solana",
        "period_id": 841,
        "validator_key": "Vote1",
        "revenue_component": "EXEC_FEES",
        "attribution_method": "FIXED_SHARE",
        "base_amount_native": Decimal(amount),
        "weight_numerator": Decimal(1),
        "weight_denominator": Decimal(1),
        "attributed_amount_native": Decimal(amount),
        "commission_rate_bps": 500,
        "pre_override_amount_native": Decimal(amount),
        "amount_native": Decimal(amount),
    }
    return made | changes


def correction(number: int, amount: Decimal | str, *, written_off: str | None = None, **changes: Any) -> dict[str, Any]:
    """An adjustment, or a write-off where something is written off."""
    unknown = ("attribution_method", "base_amount_native", "weight_numerator", "weight_denominator")
    unknown += ("attributed_amount_native", "commission_rate_bps", "pre_override_amount_native")
    made = line(number, amount, **dict.fromkeys(unknown)) | {
        "line_kind": "WRITE_OFF" if written_off else "ADJUSTMENT",
        "memo_native": None if written_off is None else Decimal(written_off),
        "recomputed_amount_native": Decimal(1),
        "reason_code": "MODEL_CHANGED",
        "payload_ids": [],
    }
    return made | changes


def source(lines: Sequence[dict[str, Any]], *, period_type: str = "EPOCH", **changes: Any) -> Source:
    """An approved statement of those lines; ``changes`` are columns of it."""
    stated = exact_sum(one["amount_native"] for one in lines if one["line_kind"] == "LINE")
    corrected = exact_sum(one["amount_native"] for one in lines if one["line_kind"] != "LINE")
    total = exact_sum([stated, corrected])
    columns: dict[str, Any] = {
        "statement_id": "11111111-1111-4111-8111-111111111111",
        "partner_id": "00000000-0000-4000-8000-0000000000a1",
        "partner_name": "Acme",
        "chain_id": "solana",
        "native_unit": "SOL",
        "statement_month": date(2026, 1, 1),
        "revision": 1,
        "status": "APPROVED",
        "line_count": len(lines),
        "lines_native": stated,
        "adjustments_native": corrected,
        "total_commission_native": total,
        "carried_native": Decimal(0),
        "minimum_payout_native": Decimal("0.01"),
        "payout_native": max(total, Decimal(0)),
        "balance_native": min(total, Decimal(0)),
        "fiat_totals": None,
        "content_hash": "ab" * 32,
        "submitted_at": None,
        "approved_at": APPROVED_AT,
        "released_at": None,
        "paid_at": None,
        "payment_reference": None,
        "voided_at": None,
        "void_reason": None,
    }
    return Source(
        statement=Statement(columns | changes),
        lines=list(lines),
        chain_name="Solana",
        period_type=period_type,
        corrected={},
        payloads={},
    )


def large_source(count: int) -> Source:
    """A statement of many lines: a hundred validators, four components, as many epochs as it takes."""
    components = ("EXEC_FEES", "MEV_TIPS", "VOTE_REWARDS", "COMMISSION")
    lines = []
    for number in range(1, count + 1):
        place, component = divmod(number - 1, len(components))
        epoch, validator = divmod(place, 100)
        amount = Decimal(7 * number + 10**17).scaleb(-9)
        lines.append(
            line(
                number,
                amount,
                period_id=841 + epoch,
                validator_key=f"Vote{validator:040}",
                revenue_component=components[component],
                rule_key=f"solana/*/{components[component]}/FIXED_SHARE",
            )
        )
    return source(lines)


class _Page(HTMLParser):
    """The text of a page, its tags, and the machine-readable amounts of tables of lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.amounts: list[tuple[str, str]] = []
        self._in_lines = self._in_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        if tag == "table":
            self._in_lines = found.get("class") == "lines"
        self._in_data = tag == "data" and self._in_lines
        if self._in_data:
            self.amounts.append((found["value"] or "", ""))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._in_data:
            self.amounts[-1] = (self.amounts[-1][0], data)
            self._in_data = False


def read_page(content: bytes) -> _Page:
    """A page as a browser's parser reads it."""
    page = _Page()
    page.feed(content.decode())
    return page


def read_csv(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV rendering."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))


def read_parquet(content: bytes) -> Any:
    """The table of a Parquet rendering."""
    import pyarrow as pa
    from pyarrow import parquet

    return parquet.read_table(pa.BufferReader(content))


def read_pdf(content: bytes) -> str:
    """The text of a PDF, a page after the other."""
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def number(shown: str) -> Decimal:
    """An amount that people read as the number that it is."""
    return Decimal(re.sub(rf"[\s{THIN_SPACE}]", "", shown).replace(MINUS, "-"))
