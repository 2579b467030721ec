"""Validators as clients see them."""

from __future__ import annotations

from pydantic import BaseModel, Field

from api.kit.pagination import NextCursor


class Validator(BaseModel):
    """A validator that the warehouse follows."""

    validator_key: str = Field(description="The vote account on Solana, the lower-case 0x public key on Ethereum.")
    label: str | None = Field(description="The operator's name for it.")
    vote_pubkey: str | None = Field(description="The vote account; null on chains that have none.")
    node_pubkey: str | None = Field(description="The identity that it last ran with.")
    validator_index: int | None = Field(description="Its index on Ethereum.")
    first_seen_period: int | None = Field(description="The first loaded period in which it was seen.")
    last_seen_period: int | None = Field(description="The last loaded period in which it was seen.")


class ValidatorPage(BaseModel):
    """Validators of one chain, by validator_key."""

    chain_id: str = Field(examples=["solana"])
    items: list[Validator]
    next_cursor: NextCursor
