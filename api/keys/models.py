"""What is known about a key, and about whoever holds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a key opens."""

    OPERATOR = "OPERATOR"
    """Every validator, and its whole P&L."""
    PARTNER = "PARTNER"
    """Only what is the partner's own."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One row of ``app.api_keys``, without the hash."""

    key_id: UUID
    name: str
    role: Role
    partner: str | None
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key at the one moment when it can be shown."""

    key: ApiKey
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: the holder of a valid key."""

    key_id: UUID
    role: Role
    partner: str | None
