"""Amounts as people read them."""

from __future__ import annotations

from decimal import Decimal


def number_text(value: Decimal) -> str:
    """A number in plain notation, without trailing zeros after the point: all of its digits, and no more."""
    # In the text: arithmetic on decimals rounds to the context's 28 digits, and `str` gives small ones an exponent.
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
