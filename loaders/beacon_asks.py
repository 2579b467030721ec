"""What a beacon node is asked in more than one place (PROVIDERS-ETHEREUM.md, 3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from loaders import shapes_ethereum as shapes
from loaders.ethereum_tracked import Tracked
from loaders.http import Request, RequestFailed
from loaders.session import Answered, Ask

NO_BLOCK = frozenset({404})
"""A 404 that says so is an answer about a slot: it holds no block."""

Outcome = Answered | RequestFailed


def block_ask(slot: int, day: int) -> Ask:
    """The block of a slot, whole."""
    request = Request("GET", f"eth/v2/beacon/blocks/{slot}")
    return Ask(request, day, partial(shapes.beacon_block, slot=slot), answers=NO_BLOCK)


def identifiers(tracked: Iterable[Tracked]) -> list[str]:
    """What the node knows validators by: indexes, then the keys of those whose index nobody said."""
    listed = list(tracked)
    indexes = sorted(item.index for item in listed if item.index is not None)
    return [*(str(index) for index in indexes), *sorted(item.public_key for item in listed if item.index is None)]


def chunks(ids: Sequence[str], most: int) -> Iterator[list[str]]:
    """``ids`` in lists of ``most``."""
    for start in range(0, len(ids), most):
        yield list(ids[start : start + most])
