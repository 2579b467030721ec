"""The data API of three MEV-Boost relays (flashbots/relay-specs, mev-boost-relay services/api/service.go)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aurora.sandbox.ethereum.checksum import checksummed
from aurora.sandbox.ethereum.execution import GAS_LIMIT, Payload
from aurora.sandbox.ethereum.view import EthereumView
from aurora.sandbox.exchange import Exchange
from aurora.sandbox.reply import Reply

PATH = "relay/v1/data/bidtraces/proposer_payload_delivered"
_MOST_ROWS = 200
_LOWER_CASE_RELAY = 2
_FILTERS = ("block_hash", "block_number", "proposer_pubkey", "builder_pubkey")


class MevRelays:
    """Answers requests to each of the relays: :attr:`Exchange.host` says which."""

    def __init__(self, view: EthereumView) -> None:
        self._view, self._world = view, view.world

    def route(self, exchange: Exchange) -> str:
        """The last word of the path."""
        return exchange.path.rpartition("/")[2]

    def answer(self, exchange: Exchange) -> Reply:
        """The answer to a request."""
        if exchange.path != PATH:
            return Reply({"code": 404, "message": "not found"}, status=404)
        query = exchange.query
        if "slot" in query and "cursor" in query:
            return _refusal("cannot specify both slot and cursor")
        for name in ("slot", "cursor", "limit", "block_number"):
            if name in query and not query[name].isdecimal():
                return _refusal(f"invalid {name} argument")
        for name in ("block_hash", "proposer_pubkey", "builder_pubkey"):
            if name in query and not query[name].startswith("0x"):
                return _refusal(f"invalid {name} argument")
        limit = int(query.get("limit", _MOST_ROWS))
        if limit > _MOST_ROWS:
            return _refusal(f"maximum limit is {_MOST_ROWS}")
        rows: list[dict[str, Any]] = []
        for row in self._rows(exchange.host, query):
            if len(rows) == limit:
                break
            if all(row[name].lower() == query[name].lower() for name in _FILTERS if name in query):
                rows.append(row)
        if query.get("order_by") in ("value", "-value"):
            rows.sort(key=lambda row: int(row["value"]), reverse=query["order_by"] == "-value")
        return Reply(rows)

    def _rows(self, relay: int, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """The rows of a relay, newest first; a cursor is inclusive."""
        newest = min(self._view.clock.head_slot, int(query.get("slot", query.get("cursor", 2**62))))
        oldest = max(self._world.calendar.origin_slot, int(query.get("slot", 0)))
        for slot in range(newest, oldest - 1, -1):
            for payload in self._world.payloads(slot):
                if relay in payload.relays:
                    yield self._row(relay, slot, payload)

    def _row(self, relay: int, slot: int, payload: Payload) -> dict[str, Any]:
        world = self._world
        production, parent = world.production_of(slot), world.parent(slot)
        is_on_chain = world.execution.hash_of(slot) == payload.block_hash and slot in production.number_of
        number = world.production_of(parent).number_of.get(parent, production.first_number - 1) + 1
        block = world.block(slot) if is_on_chain else None
        shown = payload.recipient if relay == _LOWER_CASE_RELAY else checksummed(payload.recipient)
        return {
            "slot": str(slot),
            "parent_hash": world.execution.hash_of(parent),
            "block_hash": payload.block_hash,
            "builder_pubkey": payload.builder_key,
            "proposer_pubkey": world.validators.all[production.proposer(slot)].public_key,
            "proposer_fee_recipient": shown,
            "gas_limit": str(GAS_LIMIT),
            "gas_used": str(block.gas_used if block is not None else 12_345_678),
            "value": str(payload.value),
            "num_tx": str(len(block.transactions) if block is not None else 99),
            "block_number": str(number),
        }


def _refusal(message: str) -> Reply:
    return Reply({"code": 400, "message": message}, status=400)
