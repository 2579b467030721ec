"""The JSON-RPC errors of a Solana node (agave rpc-client-api/src/custom_error.rs)."""

from __future__ import annotations

from typing import Any


class RpcError(Exception):
    """An error that a node answers with, in a response of HTTP 200."""

    def __init__(self, code: int, message: str, data: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data

    def as_json(self) -> dict[str, Any]:
        """The ``error`` member."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.data is not None:
            error["data"] = self.data
        return error


def cleaned_up(slot: int, first_available: int) -> RpcError:
    """A block older than what the node keeps."""
    return RpcError(
        -32001,
        f"Block {slot} cleaned up, does not exist on node. First available block: {first_available}",
    )


def not_available(slot: int) -> RpcError:
    """A block that is not there yet."""
    return RpcError(-32004, f"Block not available for slot {slot}")


def skipped(slot: int, *, is_long_ago: bool) -> RpcError:
    """A slot without a block."""
    if is_long_ago:
        return RpcError(-32009, f"Slot {slot} was skipped, or missing in long-term storage")
    return RpcError(-32007, f"Slot {slot} was skipped, or missing due to ledger jump to recent snapshot")


def invalid_params(what: str) -> RpcError:
    """Parameters that cannot be."""
    return RpcError(-32602, what)
