"""Exact arithmetic of the money rules: truncation, largest remainder, tiers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from typing import Protocol, TypeVar


class Sortable(Hashable, Protocol):
    """What ties are broken by."""

    def __lt__(self, other: object, /) -> bool: ...


Key = TypeVar("Key", bound=Sortable)

Steps = Sequence[tuple[int, int]]
"""Steps of a tier: from this base on, inclusive, this rate in basis points."""


def trunc0(amount: Fraction) -> int:
    """Toward zero."""
    whole = abs(amount.numerator) // amount.denominator
    return whole if amount >= 0 else -whole


def in_bytes(*texts: str) -> tuple[bytes, ...]:
    """A key that sorts in byte order."""
    return tuple(text.encode() for text in texts)


def largest_remainder(total: int, weights: Mapping[Key, Fraction]) -> dict[Key, int]:
    """Share a whole out in proportion to weights, none negative; all zero: equally. Ties go to the least key."""
    whole = sum(weights.values(), Fraction(0))
    shares = weights if whole > 0 else dict.fromkeys(weights, Fraction(1))
    whole = sum(shares.values(), Fraction(0))
    quotas = {key: abs(total) * weight / whole for key, weight in shares.items()}
    parts = {key: trunc0(quota) for key, quota in quotas.items()}
    left = abs(total) - sum(parts.values())
    for key in sorted(parts, key=lambda key: (parts[key] - quotas[key], key))[:left]:
        parts[key] += 1
    return {key: part if total >= 0 else -part for key, part in parts.items()}


def step_rate(base: int, steps: Steps) -> int:
    """The rate of the step that holds a base."""
    return max((start, rate) for start, rate in steps if start <= abs(base))[1]


def tiered(base: int, steps: Steps, mode: str) -> Fraction:
    """What tiers make of a base: odd, so that a reversal cancels."""
    if base < 0:
        return -tiered(-base, steps, mode)
    if mode == "WHOLE":
        return Fraction(base * step_rate(base, steps), 10_000)
    ordered = sorted(steps)
    ends = [start for start, _ in ordered[1:]] + [base]
    return sum(
        (
            Fraction(max(0, min(base, end) - start) * rate, 10_000)
            for (start, rate), end in zip(ordered, ends, strict=True)
        ),
        Fraction(0),
    )
