"""One end of a range of periods, as a client writes it."""

from __future__ import annotations

from typing import Literal

from api.kit.problems import InvalidPeriod, ParameterError
from aurora.errors import PeriodError
from aurora.periods import parse_periods

PeriodType = Literal["EPOCH", "DAY"]

FIRST_PERIOD = 0
LAST_PERIOD = 2**63 - 1

_FORMS = {"EPOCH": "an epoch number, as in 841", "DAY": "a day, as in 2026-01-31 or 20260131"}


def read_period(text: str, *, parameter: str, period_type: PeriodType) -> int:
    """The ``period_id`` that a query parameter names.

    Raises:
        InvalidPeriod: it is not of the form that the chain's periods have, or a day that no calendar has.
    """
    try:
        periods = parse_periods(text, period_type=period_type)
    except PeriodError:
        periods = None
    if periods is None or ".." in text:
        raise _invalid(parameter, f"{parameter} must be {_FORMS[period_type]}")
    return periods.first


def read_range(first: str | None, last: str | None, *, period_type: PeriodType) -> tuple[int, int]:
    """The ends of ``from`` and ``to``, both included; an absent one is open.

    Raises:
        InvalidPeriod: an end is not a period of the chain, or the range ends before it begins.
    """
    low = FIRST_PERIOD if first is None else read_period(first, parameter="from", period_type=period_type)
    high = LAST_PERIOD if last is None else read_period(last, parameter="to", period_type=period_type)
    if high < low:
        raise _invalid("to", "to is before from; write the earlier period as from")
    return low, high


def _invalid(parameter: str, message: str) -> InvalidPeriod:
    return InvalidPeriod(message, errors=[ParameterError(parameter=f"query.{parameter}", message=message)])
