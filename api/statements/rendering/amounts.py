"""Amounts as people read them, and their sums: every digit kept, no float anywhere."""

from __future__ import annotations

import decimal
from collections.abc import Iterable
from decimal import Decimal

from aurora.amounts import number_text

THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
ABSENT = "\N{EN DASH}"

# Wide enough for any sum of numeric(38, 18); should it not be, that is an error and no rounding.
_EXACT = decimal.Context(prec=100, traps=[decimal.Inexact, decimal.InvalidOperation, decimal.Overflow])


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum with all of its digits: the default context rounds to 28, and amounts have 38."""
    total = Decimal(0)
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


def plain(amount: Decimal | None) -> str:
    """``-1234.5``: for machines, without trailing zeros; empty where there is none."""
    return "" if amount is None else number_text(amount)


def shown(amount: Decimal | None) -> str:
    """``−1 234.5``: for people, all digits, thousands apart; a dash where there is none."""
    if amount is None:
        return ABSENT
    return shown_text(number_text(amount))


def shown_text(number: str) -> str:
    """The same for a number that is text already, such as an amount of money."""
    whole, point, fraction = number.removeprefix("-").partition(".")
    groups: list[str] = []
    while len(whole) > 3:
        whole, group = whole[:-3], whole[-3:]
        groups.insert(0, group)
    sign = MINUS if number.startswith("-") else ""
    return f"{sign}{THIN_SPACE.join([whole, *groups])}{point}{fraction}"


def rate(bps: int) -> str:
    """Basis points in per cent: ``12.5 %``."""
    return f"{shown(Decimal(bps).scaleb(-2))}{THIN_SPACE}%"
