"""One provider in one load: its client, its runs, and the way from a question to a landed or rejected payload."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aurora.periods import PeriodRange
from aurora.registry import Provider, Registry
from loaders.endpoints import endpoint_of
from loaders.envelope import Payload, Question, RejectedPayload, canonical_request
from loaders.http import Backoff, ClientLimits, ProviderClient, Request, RequestFailed
from loaders.json_body import decode_body, parse_text
from loaders.json_rpc import JsonRpcClient, RpcAnswer, RpcCall, RpcFailure
from loaders.landing import Landing
from loaders.progress import Progress
from loaders.runs import Run, RunLog

# A transport error is no answer: its body (Jito's 500 looks like "no rewards") is kept nowhere.
_KEPT_KINDS = frozenset({"not_json", "not_the_shape", "rpc_error"})

AcceptResult = Callable[[object], None]


@dataclass(slots=True)
class LoadContext:
    """What all providers of a load share."""

    registry: Registry
    chain_id: str
    landing: Landing
    run_log: RunLog
    progress: Progress
    # dlt keeps its state by thread: all landing is done in this one.
    landing_thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(max_workers=1, thread_name_prefix="aurora-landing")
    )
    landing_turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def flush(self) -> None:
        """Land what is buffered, without holding up what is being fetched."""
        async with self.landing_turn:
            chunk = self.landing.take()
            await asyncio.get_running_loop().run_in_executor(self.landing_thread, self.landing.land, chunk)

    async def flush_if_full(self) -> None:
        """Land what is buffered if it has reached the size of a chunk."""
        if self.landing.is_full:
            await self.flush()


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to an endpoint over plain HTTP."""

    request: Request
    period_id: int
    accept: Callable[[object], None]
    validator_key: str | None = None
    present_period: int | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A question's parsed body, and when it was fetched."""

    value: Any
    payload: Payload


class ProviderSession:
    """A provider's client bound to a load. Endpoints of one provider are asked one after the other, so that the
    client's counters belong to one run at a time."""

    def __init__(self, context: LoadContext, provider: Provider, *, backoff: Backoff | None = None) -> None:
        self.context = context
        self.provider = provider
        registry = context.registry
        self.client = ProviderClient(
            provider=provider.provider,
            base_url=registry.base_urls(provider.provider)[0],
            limits=client_limits(provider),
            credential=registry.credential(provider.provider),
            backoff=backoff,
        )
        self.rpc = JsonRpcClient(self.client, batch_size=provider.batch_size)

    @contextmanager
    def run(self, endpoint_name: str, periods: PeriodRange) -> Iterator[Run]:
        """A tracked run of one endpoint; the client's requests within it are the run's.

        ``periods`` are those of the load, also where an endpoint is asked about their neighbours; of a view of now
        the running period.
        """
        run = Run(
            chain_id=self.context.chain_id,
            provider=self.provider.provider,
            endpoint=endpoint_of(self.provider.api, endpoint_name),
            period_from=periods.first,
            period_to=periods.last,
        )
        requests, retries = self.client.requests, self.client.retries
        self.context.run_log.begin(run)
        self.context.landing.track(run)
        try:
            yield run
        finally:
            run.requests += self.client.requests - requests
            run.retries += self.client.retries - retries

    def question(self, run: Run, request: str, *, period_id: int, validator_key: str | None = None) -> Question:
        """A question of the run, about ``period_id``."""
        return Question(
            chain_id=run.chain_id,
            provider=run.provider,
            api=run.endpoint.api,
            endpoint=run.endpoint.name,
            data_type=run.endpoint.data_type,
            period_id=period_id,
            request=request,
            validator_key=validator_key,
        )

    async def ask(self, run: Run, ask: Ask) -> Answered | None:
        """Ask over plain HTTP and buffer the answer; None where the question stays unanswered (the run says why)."""

        def accept(body: bytes) -> tuple[str, Any]:
            text = decode_body(body)
            value = parse_text(text)
            ask.accept(value)
            return text, value

        request = canonical_request(
            ask.request.method,
            ask.request.path,
            params=dict(ask.request.params),
            body=ask.request.json_body,
            period_id=ask.present_period,
        )
        question = self.question(run, request, period_id=ask.period_id, validator_key=ask.validator_key)
        try:
            answer = await self.client.send(ask.request, accept=accept)
        except RequestFailed as failed:
            self._reject(run, question, failed.kind, failed.reason, failed.status, failed.body)
            return None
        text, value = answer.value
        payload = Payload(question, run.run_id, answer.status, text, answer.fetched_at)
        self.context.landing.add(payload)
        await self.context.flush_if_full()
        return Answered(value, payload)

    async def call(
        self,
        run: Run,
        call: RpcCall,
        *,
        accept: AcceptResult,
        period_id: int,
        validator_key: str | None = None,
        present_period: int | None = None,
        no_retry: frozenset[int] = frozenset(),
    ) -> RpcAnswer | None:
        """One JSON-RPC call, landed; None where it stays unanswered."""
        outcomes = [
            outcome
            async for outcome in self.call_many(
                run,
                [call],
                accept=accept,
                about=lambda _call: (period_id, validator_key),
                present_period=present_period,
                no_retry=no_retry,
            )
        ]
        [outcome] = outcomes
        return outcome if isinstance(outcome, RpcAnswer) else None

    async def call_many(
        self,
        run: Run,
        calls: Iterable[RpcCall],
        *,
        accept: AcceptResult,
        about: Callable[[RpcCall], tuple[int, str | None]],
        present_period: int | None = None,
        answers: frozenset[int] = frozenset(),
        no_retry: frozenset[int] = frozenset(),
    ) -> AsyncIterator[RpcAnswer | RpcFailure]:
        """JSON-RPC calls, each landed or rejected as it comes; ``about`` gives a call's period and validator."""
        async for outcome in self.outcomes(calls, accept=accept, answers=answers, no_retry=no_retry):
            period_id, validator_key = about(outcome.call)
            question = self.rpc_question(
                run, outcome.call, period_id=period_id, validator_key=validator_key, present_period=present_period
            )
            if isinstance(outcome, RpcAnswer):
                self.context.landing.add(
                    Payload(question, run.run_id, outcome.http_status, outcome.text, outcome.fetched_at)
                )
                await self.context.flush_if_full()
            else:
                self.reject_rpc(run, question, outcome)
            yield outcome

    def outcomes(
        self,
        calls: Iterable[RpcCall],
        *,
        accept: AcceptResult,
        answers: frozenset[int] = frozenset(),
        no_retry: frozenset[int] = frozenset(),
    ) -> AsyncIterator[RpcAnswer | RpcFailure]:
        """JSON-RPC calls and what came of each, not landed: for a view whose period is known only afterwards."""
        return self.rpc.call_many(
            calls, accept_result=lambda _call, result: accept(result), answers=answers, no_retry=no_retry
        )

    def rpc_question(
        self,
        run: Run,
        call: RpcCall,
        *,
        period_id: int,
        validator_key: str | None = None,
        present_period: int | None = None,
    ) -> Question:
        """The question that a JSON-RPC call puts, batched or not."""
        request = canonical_request("POST", "", body=call.envelope(), period_id=present_period)
        return self.question(run, request, period_id=period_id, validator_key=validator_key)

    def reject_rpc(self, run: Run, question: Question, failure: RpcFailure) -> None:
        """Keep what came instead of an answer, and say on the run why the question is open."""
        kind = failure.kind if failure.code is None else f"rpc_error {failure.code}"
        self._reject(run, question, kind, failure.reason, failure.http_status, failure.body)

    def _reject(
        self, run: Run, question: Question, kind: str, reason: str, status: int | None, body: bytes | None
    ) -> None:
        run.fail(kind, reason)
        if body and kind.split(" ")[0] in _KEPT_KINDS:
            self.context.landing.reject(
                RejectedPayload(question, run.run_id, status, body, kind, reason, datetime.now(UTC))
            )


def client_limits(provider: Provider) -> ClientLimits:
    """``providers.yaml`` as the client's limits."""
    limit = provider.rate_limit
    return ClientLimits(
        requests_per_second=limit.requests_per_second,
        burst=limit.burst,
        concurrency=limit.concurrency,
        timeout_seconds=float(provider.timeout_seconds),
        attempts=provider.retry.attempts,
        budget_seconds=float(provider.retry.budget_seconds),
    )
