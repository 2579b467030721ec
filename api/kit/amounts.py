"""Amounts as text: exact, in plain notation, with all the decimals of the chain, and the base units beside.

JSON numbers are read as floats by most clients, and 2^53 lamports are nine million SOL.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import WithJsonSchema

NativeAmount = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^-?[0-9]+(\.[0-9]+)?$",
            "examples": ["7.264259227"],
            "description": "In the chain's native unit, with all its native_decimals, never with an exponent.",
        }
    ),
]
BaseUnits = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^-?[0-9]+$",
            "examples": ["7264259227"],
            "description": "The same amount in the chain's base unit: an integer of any size.",
        }
    ),
]


class InexactAmountError(ValueError):
    """An amount that is no whole number of base units, or no number: the warehouse promises that there is none."""


def amount_texts(native: Decimal | None, *, decimals: int) -> tuple[str | None, str | None]:
    """An amount in the native unit and in base units (10^-decimals of it), both as text; None stays None.

    Raises:
        InexactAmountError: base units would have to be rounded.
    """
    if native is None:
        return None, None
    # The point is moved in the text: arithmetic on decimals rounds to the context's 28 digits, and amounts have 38.
    whole, _, fraction = format(native, "f").partition(".")
    kept, lost = fraction[:decimals].ljust(decimals, "0"), fraction[decimals:]
    if lost.strip("0") or not native.is_finite():
        raise InexactAmountError(f"{native} is no whole number of base units at {decimals} decimals")
    return f"{whole}.{kept}" if decimals else whole, str(int(whole + kept))
