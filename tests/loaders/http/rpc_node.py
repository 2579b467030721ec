"""A JSON-RPC node over the scriptable server: answers ``getBlock`` of a slot, or what a test puts in its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.loaders.http.server import Reply, Seen

Fault = Callable[[dict[str, Any]], str | None]
"""Given a request object, the characters of another response to it; None: the right one."""


def right(request: Mapping[str, Any]) -> str:
    """A response object with spaces, key order and digits of its own."""
    return (
        f'{{"jsonrpc":"2.0", "result":{{"fee" : 9{request["params"][0]}00000000000000000001}},  "id":{request["id"]}}}'
    )


def error(request: Mapping[str, Any], code: int, message: str = "no") -> str:
    return json.dumps({"jsonrpc": "2.0", "error": {"code": code, "message": message}, "id": request["id"]})


def slot(request: Mapping[str, Any]) -> int:
    return int(request["params"][0])


@dataclass
class Node:
    """``whole`` may replace the reply to a batch, or to anything with ``singles_too``."""

    fault: Fault = lambda _: None
    whole: Callable[[Seen, list[str]], Reply | None] = lambda _, __: None
    singles_too: bool = False
    batches: list[list[int]] = field(default_factory=list)
    singles: list[int] = field(default_factory=list)

    def __call__(self, seen: Seen) -> Reply:
        asked = seen.json
        if isinstance(asked, list):
            self.batches.append([slot(request) for request in asked])
        else:
            self.singles.append(slot(asked))
        elements = [
            self.fault(request) or right(request) for request in (asked if isinstance(asked, list) else [asked])
        ]
        if isinstance(asked, list) or self.singles_too:
            instead = self.whole(seen, elements)
            if instead is not None:
                return instead
        return Reply(("[" + ",\n ".join(elements) + "]" if isinstance(asked, list) else elements[0]).encode())
