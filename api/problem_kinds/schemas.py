"""Kinds of problem as clients see them."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ProblemKind(BaseModel):
    """A kind of problem."""

    type: str = Field(examples=["/problems/unknown-chain"], description="What problems of this kind have as type.")
    title: str = Field(description="The kind in words.")
    status: int = Field(description="The HTTP status.")
    meaning: str = Field(description="When it occurs, and the way out.")
