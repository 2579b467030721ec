"""Fetching: calls a second against a provider's limit, over HTTP, with servers that count as strictly as any does."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from loaders.http import ProviderClient

_BUDGET = 0.95
_LATENCY_SECONDS = 0.05
_BATCH = 50
_CONCURRENCY = 16
_START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class _Case:
    """Providers that are asked at once, each ``limit`` calls a second; ``batch`` None is plain HTTP."""

    name: str
    limit: int
    providers: int = 1
    batch: int | None = None

    @property
    def burst(self) -> int:
        """Calls that a server takes at once, and in any ``burst / limit`` seconds."""
        return max(self.limit, self.batch or 1)


@dataclass(slots=True)
class _Counter:
    """One server's count: at most ``burst`` calls in any window; ``taken`` has when each came, ``refused`` after how
    many."""

    limit: int
    burst: int
    taken: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    _window: deque[float] = field(default_factory=deque)

    def takes(self, calls: int) -> bool:
        now = time.monotonic()
        while self._window and now - self._window[0] >= self.burst / self.limit:
            self._window.popleft()
        if len(self._window) + calls > self.burst:
            self.refused.append(len(self.taken))
            return False
        self._window.extend([now] * calls)
        self.taken.extend([now] * calls)
        return True


@dataclass(frozen=True, slots=True)
class _Figures:
    """What one server counted after the first burst."""

    calls_a_second: float
    refused: int


def bench_fetch(*, limits: Sequence[int], seconds: int) -> None:
    """Print calls a second, their ratio to the limit and the 429s of each case, measured at the servers.

    Raises:
        AuroraError: a case missed its budget: a ratio below 0.95, or a 429 after the first burst.
    """
    from aurora.errors import AuroraError

    cases = [
        case
        for limit in limits
        for case in (
            _Case("one provider", limit),
            _Case("three providers at once", limit, providers=3),
            _Case("JSON-RPC, call by call", limit, batch=1),
            _Case(f"JSON-RPC, batches of {_BATCH}", limit, batch=_BATCH),
        )
    ]
    typer.echo(f"answers after {_LATENCY_SECONDS * 1000:.0f} ms, some {seconds} s a case, after the first burst:")
    missed = [case for case in cases if not _measured(case, seconds)]
    if missed:
        names = ", ".join(f"{case.name} at {case.limit}/s" for case in missed)
        raise AuroraError(
            f"fetching missed its budget: {names}; run it on a machine at rest before looking at loaders/rate_limit.py"
        )


def _measured(case: _Case, seconds: int) -> bool:
    """Whether the case kept its budget; its line is printed."""
    # Whole windows, or the place within one where the count ends would be part of the figure.
    windows = max(2, -(-seconds * case.limit // case.burst))
    with _servers(case) as (ports, counted):
        calls = case.burst * (1 + windows) + (case.batch or 1)
        start = time.process_time()
        asyncio.run(_ask_all(case, ports, calls=calls))
        milliseconds = (time.process_time() - start) * 1000 / (calls * case.providers)
        figures = [_figures(counter, windows) for counter in counted()]
    lowest = min(figure.calls_a_second for figure in figures) / case.limit
    refused = sum(figure.refused for figure in figures)
    is_kept = lowest >= _BUDGET and not refused
    typer.echo(
        f"  {case.name:<24} limit {case.limit:4d}/s: {sum(figure.calls_a_second for figure in figures):7.1f}/s,"
        f" {'lowest ' if case.providers > 1 else ''}ratio {lowest:.3f}, {refused} 429s"
        f" (budget: at least {_BUDGET}, no 429) {'ok' if is_kept else 'MISSED'}; {milliseconds:.1f} ms of CPU a call"
    )
    return is_kept


def _figures(counter: _Counter, windows: int) -> _Figures:
    first, last = counter.burst, counter.burst * (1 + windows)
    span = counter.taken[last] - counter.taken[first]
    return _Figures((last - first) / span, sum(after >= counter.burst for after in counter.refused))


async def _ask_all(case: _Case, ports: Sequence[int], *, calls: int) -> None:
    async with asyncio.TaskGroup() as group:
        for place, port in enumerate(ports):
            group.create_task(_ask(case, f"bench_{place}", port, calls))


async def _ask(case: _Case, name: str, port: int, calls: int) -> None:
    from loaders.http import ClientLimits, ProviderClient

    limits = ClientLimits(requests_per_second=case.limit, burst=case.burst, concurrency=_CONCURRENCY)
    async with ProviderClient(provider=name, base_url=f"http://127.0.0.1:{port}", limits=limits) as client:
        await (_get(client, calls) if case.batch is None else _call(client, case.batch, calls))


async def _get(client: ProviderClient, calls: int) -> None:
    from loaders.http import Request
    from loaders.json_body import parse_json

    numbers = iter(range(calls))

    async def work() -> None:
        for number in numbers:
            await client.send(Request("GET", "rows", params={"page": number}), accept=parse_json)

    async with asyncio.TaskGroup() as group:
        for _ in range(client.limits.concurrency):
            group.create_task(work())


async def _call(client: ProviderClient, batch: int, calls: int) -> None:
    from aurora.errors import ProviderError
    from loaders.json_rpc import JsonRpcClient, RpcCall, RpcFailure

    rpc = JsonRpcClient(client, batch_size=batch)
    asked = (RpcCall("getBlock", [slot]) for slot in range(calls))
    async for outcome in rpc.call_many(asked, accept_result=lambda _call, _result: None):
        if isinstance(outcome, RpcFailure):
            raise ProviderError(f"the bench's own server left a call open: {outcome.reason}; run it again")


@contextmanager
def _servers(case: _Case) -> Iterator[tuple[list[int], Callable[[], list[_Counter]]]]:
    """The case's servers in a process of their own, so that they take no turn of the client's interpreter.

    Gives their ports, and a function that stops the count and brings it.
    """
    from aurora.errors import AuroraError

    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, case), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(_START_SECONDS):
            raise AuroraError("the bench's own servers did not start; see whether the machine is overloaded")

        def counted() -> list[_Counter]:
            ours.send(None)
            counters: list[_Counter] = ours.recv()
            return counters

        try:
            ports: list[int] = ours.recv()
        except EOFError:
            raise AuroraError("the bench's own servers ended before they listened; run it again") from None
        yield ports, counted
    finally:
        ours.close()
        process.join(_START_SECONDS)


def _serve(pipe: Connection, case: _Case) -> None:
    """Runs in the servers' process until the other end of the pipe is closed."""
    from aurora.sandbox.loopback import LoopbackServer

    counters: dict[int, _Counter] = {}
    loopback = LoopbackServer(_application(counters), more_ports=case.providers - 1)
    loopback.start()
    ports = [loopback.port, *loopback.more_ports]
    counters.update({port: _Counter(case.limit, case.burst) for port in ports})
    try:
        pipe.send(ports)
        while True:
            pipe.recv()
            pipe.send(list(counters.values()))
    except (EOFError, OSError, KeyboardInterrupt):
        loopback.stop()


def _application(counters: Mapping[int, _Counter]) -> Callable[..., Any]:
    """An ASGI application that answers rows to GET and results to JSON-RPC, and 429 beyond the limit of its port."""
    import json

    async def answer(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        body, is_more = b"", True
        while is_more:
            message = await receive()
            body, is_more = body + message.get("body", b""), message.get("more_body", False)
        sent = json.loads(body) if body else None
        calls = sent if isinstance(sent, list) else [sent]
        if counters[scope["server"][1]].takes(len(calls)):
            await asyncio.sleep(_LATENCY_SECONDS)
            answers = [{"jsonrpc": "2.0", "id": call and call["id"], "result": {"rewards": []}} for call in calls]
            status, reply = 200, json.dumps(answers if isinstance(sent, list) else answers[0]).encode()
        else:
            status, reply = 429, b'{"error":"too many requests"}'
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(reply)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": reply})

    return answer
