"""The JSON-RPC client: single calls and batches over one :class:`~loaders.http.ProviderClient`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from loaders.http import ProviderClient, Received
from loaders.http_errors import RequestFailed
from loaders.http_request import Request
from loaders.json_body import canonical_json, decode_body, parse_text
from loaders.json_rpc_batch import AcceptResult, Batch, Terms, failure_of
from loaders.json_rpc_call import (
    HEALING_CODES,
    RpcAnswer,
    RpcCall,
    RpcError,
    RpcFailure,
    rpc_id,
)

__all__ = [
    "HEALING_CODES",
    "AcceptResult",
    "JsonRpcClient",
    "RpcAnswer",
    "RpcCall",
    "RpcCallFailed",
    "RpcError",
    "RpcFailure",
    "canonical_json",
    "rpc_id",
]

_BATCH_REFUSALS = frozenset({400, 403, 404, 405, 413, 414, 415, 501})
# Some servers cut the connection, or break, on a batch beyond their size (erigon#18074).
_MAYBE_TOO_MUCH = frozenset({"connection", "timeout", "http_status"})
_UNREACHABLE = _MAYBE_TOO_MUCH | {"rate_limited", "redirect", "over_budget"}
_UNREADABLE = frozenset({"not_json", "not_the_shape", "too_large"})

_log = logging.getLogger(__name__)


class RpcCallFailed(RequestFailed):
    """A single call that stays unanswered; ``failure`` says what came instead."""

    def __init__(self, failure: RpcFailure) -> None:
        super().__init__(
            failure.reason,
            kind=failure.kind,
            status=failure.http_status,
            body=failure.body,
            attempts=failure.attempts,
        )
        self.failure = failure


class JsonRpcClient:
    """Calls to one JSON-RPC endpoint, ``path`` below the provider's base URL.

    ``batch_size`` above 1 sends that many calls in one request where the server takes batches. Nodes count calls and
    not requests, so a batch weighs as many as it holds against the provider's limit, unless ``batch_weighs_one``.
    """

    def __init__(
        self, client: ProviderClient, *, batch_size: int = 1, path: str = "", batch_weighs_one: bool = False
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        self._client = client
        self._batch_size = batch_size
        self._path = path
        self._batch_weighs_one = batch_weighs_one

    @property
    def batch_size(self) -> int:
        """The calls a request carries at most; 1 once the server has refused a batch."""
        return self._batch_size

    async def call(
        self,
        call: RpcCall,
        *,
        accept_result: AcceptResult,
        answers: frozenset[int] = frozenset(),
        no_retry: frozenset[int] = frozenset(),
    ) -> RpcAnswer:
        """Ask one thing. The id of the response is not compared: there is one question on the wire.

        Error codes in ``answers`` are answers; those that heal are retried unless in ``no_retry``; others are final.

        Raises:
            RpcCallFailed: no answer.
        """
        outcome = await self._ask_alone(call, Terms(accept_result, answers, no_retry))
        if isinstance(outcome, RpcFailure):
            raise RpcCallFailed(outcome)
        return outcome

    async def call_many(
        self,
        calls: Iterable[RpcCall],
        *,
        accept_result: AcceptResult,
        answers: frozenset[int] = frozenset(),
        no_retry: frozenset[int] = frozenset(),
    ) -> AsyncGenerator[RpcAnswer | RpcFailure, None]:
        """Ask many things; each gets exactly one outcome, in the order in which they come.

        ``calls`` is drawn from as answers are taken, so neither it nor the answers are ever held as a whole.
        Who may stop early closes it: ``async with contextlib.aclosing(rpc.call_many(...)) as outcomes``.
        """
        terms = Terms(accept_result, answers, no_retry)
        source = iter(calls)
        outcomes: asyncio.Queue[Sequence[RpcAnswer | RpcFailure] | _WorkerDone] = asyncio.Queue(
            maxsize=self._client.limits.concurrency
        )
        workers = [
            asyncio.create_task(self._work(source, terms, outcomes)) for _ in range(self._client.limits.concurrency)
        ]
        working = len(workers)
        try:
            while working:
                some = await outcomes.get()
                if isinstance(some, _WorkerDone):
                    if some.error is not None:
                        raise some.error
                    working -= 1
                    continue
                for outcome in some:
                    yield outcome
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(
        self,
        source: Iterator[RpcCall],
        terms: Terms,
        outcomes: asyncio.Queue[Sequence[RpcAnswer | RpcFailure] | _WorkerDone],
    ) -> None:
        error: Exception | None = None
        try:
            while chunk := list(islice(source, self._batch_size)):
                if len(chunk) == 1:
                    await outcomes.put([await self._ask_alone(chunk[0], terms)])
                else:
                    await outcomes.put(await self._ask_together(chunk, terms))
        except Exception as failure:
            error = failure
        await outcomes.put(_WorkerDone(error))

    async def _ask_alone(self, call: RpcCall, terms: Terms) -> RpcAnswer | RpcFailure:
        request = Request("POST", self._path, json_body=call.envelope(), label=call.method)

        def accept(received: Received) -> RpcAnswer:
            text = decode_body(received.body)
            return terms.answer(call, text=text, value=parse_text(text), received=received)

        try:
            return (await self._client.exchange(lambda: request, accept=accept)).value
        except RequestFailed as failed:
            return self._redacted(failure_of(call, failed))

    async def _ask_each(self, calls: Sequence[RpcCall], terms: Terms) -> list[RpcAnswer | RpcFailure]:
        return list(await asyncio.gather(*(self._ask_alone(call, terms) for call in calls)))

    async def _ask_together(self, calls: Sequence[RpcCall], terms: Terms) -> list[RpcAnswer | RpcFailure]:
        batch = Batch(self._client.provider, self._path, 1 if self._batch_weighs_one else None, calls, terms)
        try:
            await self._client.exchange(batch.request, accept=batch.accept)
        except RequestFailed as failed:
            await self._settle(batch, failed)
        if batch.alone:
            batch.settled += await self._ask_each(batch.alone, terms)
        return [self._redacted(outcome) if isinstance(outcome, RpcFailure) else outcome for outcome in batch.outcomes()]

    async def _settle(self, batch: Batch, failed: RequestFailed) -> None:
        """Give each call still open in a failed batch its outcome, or its turn alone."""
        open_calls = batch.take_open()
        if batch.refused or (failed.kind == "http_status" and failed.status in _BATCH_REFUSALS):
            self._go_single(failed.reason)
            batch.alone += open_calls
        elif failed.kind in _UNREADABLE:
            batch.alone += open_calls
        elif failed.kind in _MAYBE_TOO_MUCH and failed.status != 401:
            first = await self._ask_alone(open_calls[0], batch.terms)
            batch.settled.append(first)
            if isinstance(first, RpcAnswer) or first.kind not in _UNREACHABLE:
                self._go_single(failed.reason)
                batch.alone += open_calls[1:]
            else:
                batch.settled += [batch.failure(call, failed) for call in open_calls[1:]]
        else:
            batch.settled += [batch.failure(call, failed) for call in open_calls]

    def _redacted(self, failure: RpcFailure) -> RpcFailure:
        message = None if failure.message is None else self._client.redacted(failure.message)
        return replace(failure, reason=self._client.redacted(failure.reason), message=message)

    def _go_single(self, reason: str) -> None:
        if self._batch_size > 1:
            _log.info("batches are refused, calls go out singly from here on: %s", reason)
        self._batch_size = 1


@dataclass(frozen=True)
class _WorkerDone:
    error: Exception | None
