"""Periods as people write them: ``A..B``, both ends included; an epoch, a day (DESIGN.md, Commands), or a month."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from aurora.errors import PeriodError

PeriodType = Literal["EPOCH", "DAY"]

_LARGEST_EPOCH = 2**53


@dataclass(frozen=True, slots=True)
class PeriodRange:
    """Periods from ``first`` to ``last``, both included, as ``period_id`` values."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}..{self.last}"


def parse_periods(text: str, *, period_type: PeriodType) -> PeriodRange:
    """Read ``A..B`` or a single period.

    Raises:
        PeriodError: not of that form, ends swapped, or a day that no calendar has.
    """
    first_text, separator, last_text = text.strip().partition("..")
    first = _period(first_text, period_type, text)
    last = _period(last_text, period_type, text) if separator else first
    if last < first:
        raise PeriodError(f"periods {text!r} end before they begin; write the earlier one first")
    return PeriodRange(first, last)


@dataclass(frozen=True, slots=True)
class MonthRange:
    """Calendar months from ``first`` to ``last``, both included, each as its first day."""

    first: date
    last: date


def parse_months(text: str) -> MonthRange:
    """Read ``A..B`` or a single month, as in 2026-01..2026-03.

    Raises:
        PeriodError: not of that form, ends swapped, or a month that no calendar has.
    """
    first_text, separator, last_text = text.strip().partition("..")
    first = _month(first_text, text)
    last = _month(last_text, text) if separator else first
    if last < first:
        raise PeriodError(f"periods {text!r} end before they begin; write the earlier month first")
    return MonthRange(first, last)


def _month(text: str, whole: str) -> date:
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text.strip())
    try:
        if match is not None:
            return date(int(match[1]), int(match[2]), 1)
    except ValueError:
        pass
    raise PeriodError(f"periods {whole!r} are not months; write them as 2026-01..2026-03")


def _period(text: str, period_type: PeriodType, whole: str) -> int:
    text = text.strip()
    if period_type == "EPOCH":
        if re.fullmatch(r"[0-9]{1,16}", text) and int(text) <= _LARGEST_EPOCH:
            return int(text)
        raise PeriodError(f"periods {whole!r} are not epochs; write them as 840..845")
    match = re.fullmatch(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})", text)
    if match is None:
        raise PeriodError(f"periods {whole!r} are not days; write them as 2026-01-01..2026-01-07")
    try:
        day = date(*(int(part) for part in match.groups()))
    except ValueError as error:
        raise PeriodError(f"periods {whole!r}: no calendar has {text}; correct the day") from error
    return day.year * 10_000 + day.month * 100 + day.day
