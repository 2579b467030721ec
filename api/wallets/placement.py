"""Which of many wallets claim an address at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from api.agreements.terms import overlap


class Placed(NamedTuple):
    """An address that a partner has for a time."""

    chain: str
    address: str
    valid_from: datetime
    valid_until: datetime | None
    partner: str


def find_overlaps(wallets: Sequence[Placed]) -> list[tuple[int, int]]:
    """Pairs of places in the list, each with an earlier place whose address and time it shares."""
    by_address: dict[tuple[str, str], list[int]] = {}
    found = []
    for place, wallet in enumerate(wallets):
        earlier = by_address.setdefault((wallet.chain, wallet.address), [])
        for other in earlier:
            theirs = wallets[other]
            if overlap(wallet.valid_from, wallet.valid_until, theirs.valid_from, theirs.valid_until):
                found.append((place, other))
                break
        earlier.append(place)
    return found
