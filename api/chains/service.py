"""Chains by id."""

from __future__ import annotations

from api.chains import repository
from api.chains.schemas import Chain, ChainList
from api.kit.database import Database
from api.kit.problems import UnknownChain


async def every_chain(database: Database) -> ChainList:
    """The chains of the warehouse."""
    return ChainList(items=await repository.list_chains(database))


async def get_chain(database: Database, chain_id: str) -> Chain:
    """One chain.

    Raises:
        UnknownChain: the warehouse has none with this id.
    """
    chain = None if "\0" in chain_id else await repository.find_chain(database, chain_id)
    if chain is None:
        raise unknown_chain()
    return chain


def unknown_chain() -> UnknownChain:
    """The problem of a path that names no chain."""
    return UnknownChain("no chain has this chain_id; GET /v1/chains lists them")
