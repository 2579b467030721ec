"""The key itself: 256 random bits, of which the database only ever sees the SHA-256.

A password wants a slow hash because it can be guessed; 256 random bits cannot, so a quick one is as safe.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

PREFIX = "aurora_"
"""Tells people and secret scanners what they have found."""

_BYTES = 32


def new_secret() -> str:
    """A new key: ``aurora_`` and 43 characters of base64url."""
    return PREFIX + secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> bytes:
    """The 32 bytes that are stored and compared: SHA-256 of the key in UTF-8."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def matches(presented: bytes, stored: bytes) -> bool:
    """Whether two digests are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(presented, stored)
