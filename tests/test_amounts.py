"""Amounts as text: all of their digits, which arithmetic on decimals would round to 28, and no exponent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurora.amounts import number_text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0E-18", "0"),
        ("-0.000000000000000000", "0"),
        ("0.000000000000000001", "0.000000000000000001"),
        ("12345678901234567890.123456789012345678", "12345678901234567890.123456789012345678"),
        ("1500.500000000", "1500.5"),
        ("1E+3", "1000"),
    ],
)
def test_a_number_has_all_of_its_digits_and_no_exponent(number: str, text: str) -> None:
    assert number_text(Decimal(number)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=18))
def test_the_text_is_the_number(number: Decimal) -> None:
    assert Decimal(number_text(number)) == number
