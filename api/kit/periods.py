"""A range of periods, as a client writes its ends: ``from`` and ``to``."""

from __future__ import annotations

from typing import Literal

from api.kit.problems import InvalidPeriod, ParameterError
from aurora.errors import PeriodError
from aurora.periods import parse_periods

PeriodType = Literal["EPOCH", "DAY"]

FIRST_PERIOD = 0
LAST_PERIOD = 2**63 - 1

_TYPES: tuple[PeriodType, ...] = ("EPOCH", "DAY")
_FORMS = {"EPOCH": "an epoch number, as in 841", "DAY": "a day, as in 2026-01-31 or 20260131"}


def number_of(text: str | None, absent: int) -> int:
    """The ``period_id`` that an end names on whatever chain, so that one statement can ask for chain and periods.

    An end that names none gives ``absent``: `require_range` refuses it as soon as the chain is known.
    """
    for period_type in _TYPES:
        period = None if text is None else _parse(text, period_type)
        if period is not None:
            return period
    return absent


def require_range(first: str | None, last: str | None, *, period_type: PeriodType) -> None:
    """Let ``from`` and ``to`` through, both included, an absent one open, that are periods of the chain.

    Raises:
        InvalidPeriod: an end is not of the form that the chain's periods have, or a day that no calendar has;
            or the range ends before it begins.
    """
    ends = {"from": (first, FIRST_PERIOD), "to": (last, LAST_PERIOD)}
    numbers = []
    for parameter, (text, absent) in ends.items():
        number = absent if text is None else _parse(text, period_type)
        if number is None:
            raise _invalid(parameter, f"{parameter} must be {_FORMS[period_type]}")
        numbers.append(number)
    if numbers[1] < numbers[0]:
        raise _invalid("to", "to is before from; write the earlier period as from")


def _parse(text: str, period_type: PeriodType) -> int | None:
    try:
        return None if ".." in text else parse_periods(text, period_type=period_type).first
    except PeriodError:
        return None


def _invalid(parameter: str, message: str) -> InvalidPeriod:
    return InvalidPeriod(message, errors=[ParameterError(parameter=f"query.{parameter}", message=message)])
