"""Health as probes see it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"


class Readiness(BaseModel):
    """The process can serve: the database is reached, migrated and built."""

    status: Literal["ready"] = "ready"
    revision: str = Field(description="The revision of the app schema.")
