"""Pages by key: a cursor says after which row the next page begins, so rows added meanwhile shift nothing."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.kit.problems import MalformedCursor

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1000

_LONGEST_CURSOR = 400


class PageQuery(BaseModel):
    """The parameters of a page. Any other is refused: a misspelt filter would silently give everything."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=LARGEST_LIMIT, description="How many items a page holds at most.")] = (
        DEFAULT_LIMIT
    )
    cursor: Annotated[
        str | None,
        Field(max_length=_LONGEST_CURSOR, description="next_cursor of the page before; absent for the first."),
    ] = None


NextCursor = Annotated[
    str | None, Field(description="The cursor of the next page; null on the last one.", examples=["ODQ0"])
]


def encode_cursor(key: str | int) -> str:
    """The cursor of the page that begins after the row with this key."""
    return base64.urlsafe_b64encode(str(key).encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> str:
    """The key in a cursor.

    Raises:
        MalformedCursor: `encode_cursor` gives no such cursor.
    """
    try:
        key = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        key = ""
    if not key or "\0" in key or encode_cursor(key) != cursor:
        raise MalformedCursor("the cursor is not one of this collection; take next_cursor of the page before, or none")
    return key
