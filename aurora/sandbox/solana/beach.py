"""Solana Beach v2: an identity's fees per finished epoch (PROVIDERS-SOLANA.md, 3)."""

from __future__ import annotations

import re

from aurora.sandbox.exchange import Exchange
from aurora.sandbox.reply import Reply
from aurora.sandbox.solana.view import View

API_KEY = "sandbox-solana-beach-key"
_HISTORY = re.compile("validator/([^/]+)/block-rewards-history")
_DEFAULT_LIMIT, _LARGEST_LIMIT = 10, 1_000
_HEADERS = {
    "solana-beach-standard-credits-remaining": "99999",
    "solana-beach-standard-credits-consumed": "1",
}


class SolanaBeach:
    """Answers requests below ``/v2``."""

    def __init__(self, view: View) -> None:
        self._view, self._world = view, view.world

    def route(self, exchange: Exchange) -> str:
        """The endpoint's name in the loaders' vocabulary."""
        return "block_rewards_history" if _HISTORY.fullmatch(exchange.path) else exchange.path

    def answer(self, exchange: Exchange) -> Reply:
        """The answer to a request."""
        if exchange.authorization != f"Bearer {API_KEY}":
            return Reply({"err": "Unauthorized: API key is missing or invalid"}, status=401)
        found = _HISTORY.fullmatch(exchange.path)
        if found is None or exchange.method != "GET":
            return Reply({"err": "Not found"}, status=404)
        asked = {"offset": "0", "limit": str(_DEFAULT_LIMIT), **exchange.query}
        if not asked["offset"].isdecimal() or not asked["limit"].isdecimal() or int(asked["limit"]) > _LARGEST_LIMIT:
            return Reply({"err": f"limit must be between 0 and {_LARGEST_LIMIT}"}, status=400)
        offset, limit = int(asked["offset"]), int(asked["limit"])
        epochs = self._epochs(found[1])
        if not epochs:
            return Reply({"err": "Validator not found"}, status=404)
        history = [self._row(*place) for place in epochs[offset : offset + limit]]
        pagination = {"total": len(epochs), "offset": offset, "limit": limit}
        return Reply({"history": history, "pagination": pagination}, headers=_HEADERS)

    def _epochs(self, identity: str) -> list[tuple[int, int]]:
        """(epoch, validator) of the finished epochs in which a validator ran under an identity, newest first."""
        accounts = self._world.accounts
        return [
            (epoch, validator)
            for epoch in range(self._view.clock.epoch - 1, self._world.scale.first_epoch - 1, -1)
            for validator in range(len(accounts.votes))
            if accounts.identity(validator, epoch) == identity and accounts.is_alive(validator, epoch)
        ]

    def _row(self, epoch: int, validator: int) -> dict[str, int]:
        world = self._world
        slots = world.production(epoch).slots_of.get(validator, [])
        produced = [slot for slot in slots if world.slots.is_produced(slot)]
        fees = sum(fee for fee in map(world.fee, produced) if fee is not None)
        return {"epoch": epoch, "blocks": len(produced), "fees": fees}
