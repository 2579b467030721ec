"""Chains as clients see them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class ChainUnits(BaseModel):
    """In what a chain counts money and time."""

    chain_id: str = Field(examples=["solana"], description="The chain's name in every path and row.")
    native_unit: str = Field(examples=["SOL"], description="The unit of every *_native amount.")
    base_unit: str = Field(examples=["lamport"], description="The unit of every *_base_units amount.")
    native_decimals: int = Field(examples=[9], description="One native unit is 10^native_decimals base units.")
    period_type: Literal["EPOCH", "DAY"] = Field(
        description="EPOCH: period_id is the epoch's number. DAY: it is the UTC day as YYYYMMDD."
    )


class Chain(ChainUnits):
    """A chain of the warehouse."""

    chain_name: str = Field(examples=["Solana"], description="For people.")


class ChainList(BaseModel):
    """Every chain, by chain_id."""

    items: list[Chain]
