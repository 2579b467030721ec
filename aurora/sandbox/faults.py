"""Misbehaviour on demand, deterministic: the same requests meet the same faults, in whatever order they arrive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import partial
from hashlib import blake2b
from threading import Lock
from typing import Any

from aurora.sandbox.errors import SandboxError

# What happens to the whole HTTP response.
TRANSPORT_KINDS = frozenset(
    {
        "http_403", "http_413", "http_429", "http_500", "http_503", "html_200", "cut", "truncated", "slow",
        "gzip", "invalid_utf8", "batch_refused", "batch_413", "batch_shuffled",
        "redirect", "wrong_content_type", "dead_key", "clock_skew",
    }
)  # fmt: skip
# What happens to the answer of one endpoint, or of one call of a JSON-RPC batch.
ANSWER_KINDS = frozenset(
    {
        "rpc_error", "negative_fee", "reward_like_balance", "missing_rewards", "nul_escape", "duplicated",
        "disagrees", "duplicated_page", "cursor_loop",
    }
)  # fmt: skip

_MILLION = 1_000_000
# What a beacon node behind a load balancer has answered where a reward belongs (ChainSafe/lodestar #8718).
_WHOLE_BALANCE_GWEI = "32004123456"
# Numbers, or decimal strings as the Ethereum providers have them.
_AMOUNTS = (
    "mev_revenue", "mev_rewards", "amount", "lamports", "fees", "target", "reward", "balance", "value", "total",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One kind of misbehaviour and where it strikes.

    Attributes:
        kind: one of :data:`TRANSPORT_KINDS` or :data:`ANSWER_KINDS`.
        provider: a name of ``SandboxServer.urls``; None: all.
        route: a JSON-RPC method, the first word of a path (``validator_rewards``), or, of an Ethereum provider and
            Solana Beach, the endpoint's name (``rewards_list``); None: all.
        contains: only requests whose parameters, query or body hold this text (a slot, an address).
        probability: how many of the matching requests are struck, 0 to 1, decided per request and repetition.
        skip: how many matching requests are let pass first.
        count: how often it strikes at most; None: always.
        seconds: how long a ``slow`` answer takes; the ``Retry-After`` of a 429 (none where it is 0); how far ahead
            (negative: behind) the provider's clock is with ``clock_skew``.
        code: the code of an ``rpc_error``.
        html: a ``http_429`` with an HTML body.
    """

    kind: str
    provider: str | None = None
    route: str | None = None
    contains: str | None = None
    probability: float = 1.0
    skip: int = 0
    count: int | None = None
    seconds: int = 0
    code: int = -32010
    html: bool = False

    def __post_init__(self) -> None:
        if self.kind not in TRANSPORT_KINDS | ANSWER_KINDS:
            kinds = ", ".join(sorted(TRANSPORT_KINDS | ANSWER_KINDS))
            raise SandboxError(f"sandbox fault {self.kind!r} is unknown; choose of {kinds}")
        if not 0 <= self.probability <= 1:
            raise SandboxError(f"sandbox fault {self.kind}: probability {self.probability} is not between 0 and 1")

    def concerns(self, provider: str, route: str, text: str) -> bool:
        """Whether a request is one that the fault may strike."""
        return (
            self.provider in (None, provider)
            and self.route in (None, route)
            and (self.contains is None or self.contains in text)
        )


_READERS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "str | None": str,
    "int": int,
    "int | None": int,
    "float": float,
    "bool": lambda text: text.lower() in ("1", "true", "yes"),
}
_TYPES = {field.name: str(field.type) for field in fields(Fault)}


def parse_faults(text: str) -> list[Fault]:
    """Faults from ``kind:key=value,key=value;kind``, as the command line gives them.

    Raises:
        SandboxError: an unknown kind or key, or a value that is not of its kind.
    """
    faults = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        kind, _, options = part.partition(":")
        values: dict[str, Any] = {}
        for option in filter(None, options.split(",")):
            name, _, value = option.partition("=")
            if name not in _TYPES or name == "kind":
                raise SandboxError(f"sandbox fault {part!r}: unknown key {name!r}; known are {', '.join(_TYPES)}")
            try:
                values[name] = _READERS[_TYPES[name]](value)
            except ValueError:
                raise SandboxError(f"sandbox fault {part!r}: {value!r} is not a value for {name}") from None
        faults.append(Fault(kind=kind.strip(), **values))
    return faults


class Faults:
    """The faults in force, with the memory of how often each has struck."""

    def __init__(self, *, seed: int, faults: Iterable[Fault] = ()) -> None:
        self._seed = seed
        self._lock = Lock()
        self._faults: list[Fault] = []
        self._seen: Counter[int] = Counter()
        self._struck: Counter[int] = Counter()
        self._repeats: Counter[tuple[int, bytes]] = Counter()
        self.set(faults)

    @property
    def in_force(self) -> tuple[Fault, ...]:
        """The faults, in the order in which they are tried."""
        return tuple(self._faults)

    def set(self, faults: Iterable[Fault]) -> None:
        """Replace all faults; the memory starts anew."""
        with self._lock:
            self._faults = list(faults)
            self._seen.clear()
            self._struck.clear()
            self._repeats.clear()

    def add(self, fault: Fault) -> None:
        """Add one fault beside those in force."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Behave from now on."""
        self.set(())

    def draw(self, kinds: frozenset[str], *, provider: str, calls: Iterable[tuple[str, str]]) -> list[Fault]:
        """The faults of these kinds that strike a request, given its (route, text) calls."""
        calls = list(calls)
        with self._lock:
            return [
                fault
                for place, fault in enumerate(self._faults)
                if fault.kind in kinds and self._strikes(place, fault, provider, calls)
            ]

    def _strikes(self, place: int, fault: Fault, provider: str, calls: list[tuple[str, str]]) -> bool:
        if not any(fault.concerns(provider, route, text) for route, text in calls):
            return False
        self._seen[place] += 1
        if self._seen[place] <= fault.skip or (fault.count is not None and self._struck[place] >= fault.count):
            return False
        print_of_request = blake2b(repr((provider, calls)).encode(), digest_size=8).digest()
        self._repeats[place, print_of_request] += 1
        draw = f"{self._seed}|{place}|{print_of_request.hex()}|{self._repeats[place, print_of_request]}"
        number = int.from_bytes(blake2b(draw.encode(), digest_size=8).digest(), "big") % _MILLION
        if number >= fault.probability * _MILLION:
            return False
        self._struck[place] += 1
        return True


def distort(result: Any, fault: Fault) -> Any:
    """An answer as a provider gone wrong would give it; ``result`` is changed in place and returned."""
    if fault.kind == "negative_fee":
        _change_first(result, "lamports", lambda row: -row["lamports"], where=("rewardType", "Fee"))
    elif fault.kind == "reward_like_balance":
        if not _change_first(result, "amount", lambda row: row["postBalance"], having="postBalance"):
            any(_change_first(result, name, lambda _: _WHOLE_BALANCE_GWEI) for name in ("target", "reward", "total"))
    elif fault.kind == "missing_rewards" and isinstance(result, dict):
        result.pop("rewards", None)
    elif fault.kind == "nul_escape":
        _spoil_text(result)
    elif fault.kind == "duplicated":
        for rows in _lists(result):
            rows.append(rows[0])
            break
    elif fault.kind == "disagrees":
        any(_change_first(result, name, partial(_one_more, name)) for name in _AMOUNTS)
    return result


def _one_more(name: str, row: dict[str, Any]) -> int | str:
    return row[name] + 1 if isinstance(row[name], int) else str(int(row[name]) + 1)


def _lists(value: Any) -> Iterable[list[Any]]:
    if isinstance(value, list) and value:
        yield value
    for inner in value.values() if isinstance(value, dict) else ():
        yield from _lists(inner)


def _rows(value: Any) -> Iterable[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _rows(inner)


def _change_first(
    value: Any,
    name: str,
    change: Callable[[dict[str, Any]], Any],
    *,
    where: tuple[str, str] | None = None,
    having: str | None = None,
) -> bool:
    for row in _rows(value):
        is_meant = (where is None or row.get(where[0]) == where[1]) and (having is None or having in row)
        if is_meant and _is_amount(row.get(name)):
            row[name] = change(row)
            return True
    return False


def _is_amount(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and value.removeprefix("-").isdecimal())


def _spoil_text(value: Any) -> None:
    for row in _rows(value):
        for name, inner in row.items():
            if isinstance(inner, str):
                row[name] = inner + "\0"
                return
