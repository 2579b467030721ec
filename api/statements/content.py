"""What a statement says as one text, and the SHA-256 over it.

The canonical form is UTF-8, one JSON array a line, without spaces, each line ended by a newline: first the statement
(the name of the form, then `STATEMENT_COLUMNS` in their order), then its lines by number (`LINE_COLUMNS`). Numbers are
text in plain notation without trailing zeros after the point, months ``YYYY-MM-DD``, ids and codes text, what is absent
``null``; objects have their keys sorted. The same text is made of a draft and of what was copied from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from aurora.amounts import number_text

FORM = "aurora statement 1"

STATEMENT_COLUMNS = (
    "statement_id",
    "partner_id",
    "chain_id",
    "statement_month",
    "revision",
    "line_count",
    "lines_native",
    "adjustments_native",
    "total_commission_native",
    "carried_native",
    "minimum_payout_native",
    "payout_native",
    "balance_native",
    "fiat_totals",
)

LINE_COLUMNS = (
    "line_number",
    "line_kind",
    "line_id",
    "agreement_id",
    "agreement_version",
    "rule_key",
    "chain_id",
    "period_id",
    "validator_key",
    "revenue_component",
    "attribution_method",
    "attribution_basis",
    "weight_basis",
    "base_amount_native",
    "weight_numerator",
    "weight_denominator",
    "attributed_amount_native",
    "commission_rate_bps",
    "pre_override_amount_native",
    "override_amount_native",
    "amount_native",
    "recomputed_amount_native",
    "memo_native",
    "reason_code",
    "corrects_line_id",
    "payload_ids",
    "fiat",
)


def canonical_text(statement: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> str:
    """The canonical form of a statement and its lines, which are given by number."""
    records: list[list[object]] = [[FORM, *(_plain(statement[name]) for name in STATEMENT_COLUMNS)]]
    records.extend([_plain(line[name]) for name in LINE_COLUMNS] for line in lines)
    return "".join(
        json.dumps(record, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n" for record in records
    )


def content_hash(statement: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 over the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical_text(statement, lines).encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    raise TypeError(f"{type(value).__name__} has no canonical form")
