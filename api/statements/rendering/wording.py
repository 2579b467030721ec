"""The words for codes, dates and periods. A code that has none yet stands for itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from api.statements.rendering.source import Payload, StatedLine

_STATUSES = {
    "DRAFT": "Draft",
    "PENDING_APPROVAL": "Submitted for approval",
    "APPROVED": "Approved",
    "RELEASED": "Released",
    "PAID": "Paid",
    "VOID": "Void",
}
_WARNINGS = {
    "DRAFT": "It is computed anew with every transform, and not approved. Its figures can still change.",
    "PENDING_APPROVAL": "It is submitted, and not approved yet. Its figures can still change.",
    "VOID": "It counts no more; its next revision does.",
}
_COMPONENTS = {
    "EXEC_FEES": "Execution fees",
    "MEV_TIPS": "MEV tips",
    "VOTE_REWARDS": "Vote rewards",
    "COMMISSION": "Commission",
}
_METHODS = {
    "FIXED_SHARE": "a fixed share",
    "STAKE_WEIGHT": "the share of the stake of the partner's clients",
    "CLIENT_REVENUE": "what the partner's clients earned the validator",
}
_REASONS = {
    "LATE_DATA": "Data or a cost of the period came in after its statement was approved.",
    "PROVIDER_CORRECTION": "A data provider corrected what it had reported.",
    "AGREEMENT_AMENDED": "The agreement, or one that shares its pool, was amended for the period.",
    "MAPPING_CHANGED": "The wallets that count as the partner's in the period changed.",
    "OVERRIDE": "An amount was set by hand for this line, or such a setting was withdrawn.",
    "MODEL_CHANGED": "The way of computing changed.",
}
_MARKINGS = {"DRAFT": "DRAFT", "PENDING_APPROVAL": "DRAFT", "VOID": "VOID"}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def status_words(status: str) -> str:
    """``Submitted for approval``."""
    return _STATUSES.get(status, status)


def warning(status: str) -> str:
    """What to know about a statement that is marked; empty for one that counts."""
    return _WARNINGS.get(status, "")


def marking(status: str) -> str | None:
    """What is written across a statement that must not be taken for one that counts; None where it counts."""
    return _MARKINGS.get(status)


def component_words(component: str) -> str:
    """``MEV tips``."""
    return _COMPONENTS.get(component, component)


def method_words(method: str | None) -> str:
    """How revenue is attributed; empty where an override alone makes the line."""
    return "" if method is None else _METHODS.get(method, method)


def reason_words(reason_code: str) -> str:
    """Why a line is corrected, as a sentence."""
    return _REASONS.get(reason_code, reason_code)


def month_words(month: date) -> str:
    """``January 2026``; in English whatever the machine's language."""
    return f"{_MONTHS[month.month - 1]} {month.year}"


def month_bounds(month: date) -> str:
    """``1 to 31 January 2026, UTC``."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return f"1 to {(following - timedelta(days=1)).day} {month_words(month)}, UTC"


def instant(at: datetime) -> str:
    """To the second, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def period_words(period_id: int, *, period_type: str) -> str:
    """``epoch 841``, or the day as ``2026-01-31``."""
    return (
        f"epoch {period_label(period_id, period_type=period_type)}"
        if period_type == "EPOCH"
        else period_label(period_id, period_type=period_type)
    )


def period_label(period_id: int, *, period_type: str) -> str:
    """``841``, or the day as ``2026-01-31``."""
    text = str(period_id)
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if period_type == "DAY" and len(text) == 8 else text


def period_range(period_ids: Sequence[int], *, period_type: str) -> str:
    """``epochs 841 to 855``; what is said of none."""
    if not period_ids:
        return f"no {'epoch' if period_type == 'EPOCH' else 'day'} with a line of its own"
    first, last = (period_label(found(period_ids), period_type=period_type) for found in (min, max))
    noun = "epoch" if period_type == "EPOCH" else "day"
    return f"{noun} {first}" if first == last else f"{noun}s {first} to {last}"


def stated_words(stated: StatedLine) -> str:
    """``line 3 of 2026-01, revision 2``."""
    later = f", revision {stated.revision}" if stated.revision > 1 else ""
    return f"line {stated.line_number} of {stated.statement_month:%Y-%m}{later}"


def payload_words(payload: Payload | None) -> str:
    """Who sent it and when it came; empty where nothing is recorded."""
    if payload is None:
        return ""
    return f"{payload.provider} {payload.endpoint}, received {instant(payload.first_seen_at)}"
