"""One provider in one load: its client, its runs, and the way from a question to a landed or rejected payload."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from aurora.periods import PeriodRange
from aurora.registry import Provider, Registry
from loaders.budget import MonthlyBudget
from loaders.client_limits import client_limits
from loaders.endpoints import endpoint_of
from loaders.envelope import Payload, Question, RejectedPayload, canonical_request
from loaders.http import Answer, Backoff, NotAcceptable, ProviderClient, Received, Request, RequestFailed
from loaders.json_body import decode_body, parse_text
from loaders.json_rpc import JsonRpcClient, RpcAnswer, RpcCall, RpcFailure
from loaders.landing import Landing
from loaders.progress import Progress
from loaders.runs import Run, RunLog

# A transport error is no answer: its body (Jito's 500 looks like "no rewards") is kept nowhere.
_KEPT_KINDS = frozenset({"not_json", "not_the_shape", "rpc_error"})

# What is asked side by side within a run inherits it, so that requests are counted where they belong.
_ASKING: ContextVar[Run | None] = ContextVar("asking", default=None)

AcceptResult = Callable[[object], None]
AcceptCall = Callable[[RpcCall, object], None]


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
        self.run_log.note_requests()

    @asynccontextmanager
    async def asking_about(self, periods: Iterable[int]) -> AsyncIterator[None]:
        """What is asked within is all that there is to ask about the periods; at the end it is landed, and noted."""
        since, asked_at = self.run_log.marks(), datetime.now(UTC)
        yield
        await self.flush()
        self.run_log.note_periods(periods, since=since, asked_at=asked_at)

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
    # Statuses that are answers too, where the body says the same: a 404 for a slot without a block.
    answers: frozenset[int] = frozenset()
    # Of a provider with several hosts the one to ask.
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A question's parsed body, and when it was fetched."""

    value: Any
    payload: Payload


class ProviderSession:
    """A provider's clients bound to a load; several endpoints may be asked side by side."""

    def __init__(
        self,
        context: LoadContext,
        provider: Provider,
        *,
        backoff: Backoff | None = None,
        budget: MonthlyBudget | None = None,
    ) -> None:
        self.context = context
        self.provider = provider
        registry = context.registry
        # Each host of a provider has limits of its own; the budget is the provider's.
        urls = registry.base_urls(provider.provider)
        # A relay keeps its name in the registry wherever an override puts it: its answers stay its own.
        names = provider.urls if len(provider.urls) == len(urls) else urls
        self.clients = {
            _host(name): ProviderClient(
                provider=provider.provider,
                base_url=url,
                limits=client_limits(provider),
                credential=registry.credential(provider.provider),
                backoff=backoff,
                budget=budget,
                on_sent=_count_sent,
            )
            for name, url in zip(names, urls, strict=True)
        }
        self.client = next(iter(self.clients.values()))
        self.rpc = JsonRpcClient(self.client, batch_size=provider.batch_size)
        self._runs: dict[tuple[str, PeriodRange], Run] = {}

    @contextmanager
    def run(self, endpoint_name: str, periods: PeriodRange) -> Iterator[Run]:
        """A tracked run of one endpoint; the requests sent within it are the run's.

        ``periods`` are those of the load, also where an endpoint is asked about their neighbours; of a view of now
        the running period. An endpoint that is asked day by day has one run all the same.
        """
        run = self._runs.get((endpoint_name, periods))
        if run is None:
            run = Run(
                chain_id=self.context.chain_id,
                provider=self.provider.provider,
                endpoint=endpoint_of(self.provider.api, endpoint_name),
                period_from=periods.first,
                period_to=periods.last,
            )
            self._runs[endpoint_name, periods] = run
            self.context.run_log.begin(run)
            self.context.landing.track(run)
        run.uses += 1
        outer = _ASKING.set(run)
        try:
            yield run
        finally:
            _ASKING.reset(outer)

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
        outcome = await self.attempt(run, ask)
        if isinstance(outcome, RequestFailed):
            self.reject(run, ask, outcome)
            return None
        return outcome

    async def attempt(self, run: Run, ask: Ask) -> Answered | RequestFailed:
        """As :meth:`ask`, with the failure for the caller to judge: `reject` writes it down."""
        client = self.clients[ask.host] if ask.host is not None else self.client
        try:
            answer = await client.exchange(lambda: ask.request, accept=_acceptance(ask), answers=ask.answers)
        except RequestFailed as failed:
            return failed
        answered = self._answered(run, ask, answer)
        self.context.landing.add(answered.payload)
        await self.context.flush_if_full()
        return answered

    async def probe(self, run: Run, ask: Ask) -> Answer[tuple[str, Any]] | None:
        """Ask without landing, where only the answer tells its period: `land` it then. None where it fails."""
        try:
            return await self.client.exchange(lambda: ask.request, accept=_acceptance(ask))
        except RequestFailed as failed:
            self.reject(run, ask, failed)
            return None

    def land(self, run: Run, ask: Ask, answer: Answer[tuple[str, Any]]) -> None:
        """Buffer what was probed, under ``ask``'s period."""
        self.context.landing.add(self._answered(run, ask, answer).payload)

    def _answered(self, run: Run, ask: Ask, answer: Answer[tuple[str, Any]]) -> Answered:
        text, value = answer.value
        payload = Payload(self._question(run, ask), run.run_id, answer.status, text, answer.fetched_at)
        return Answered(value, payload)

    async def ask_many(
        self,
        run: Run,
        asks: Iterable[Ask],
        *,
        on_outcome: Callable[[Ask, Answered | RequestFailed], None] = lambda _ask, _outcome: None,
    ) -> bool:
        """Ask side by side, as many at a time as the provider allows, and say on the run what stays open.

        Gives whether all of them were answered; ``on_outcome`` hears of each.
        """
        is_whole = True

        async def one(ask: Ask) -> None:
            nonlocal is_whole
            outcome = await self.attempt(run, ask)
            if isinstance(outcome, RequestFailed):
                is_whole = False
                self.reject(run, ask, outcome)
            on_outcome(ask, outcome)

        await self.side_by_side(one(ask) for ask in asks)
        return is_whole

    def reject(self, run: Run, ask: Ask, failed: RequestFailed) -> None:
        """Say on the run that the question is open, and keep what came instead of an answer."""
        self._reject(run, self._question(run, ask), failed.kind, failed.reason, failed.status, failed.body)

    def _question(self, run: Run, ask: Ask) -> Question:
        request = canonical_request(
            ask.request.method,
            ask.request.path,
            params=dict(ask.request.params),
            body=ask.request.json_body,
            period_id=ask.present_period,
            host=ask.host if len(self.clients) > 1 or self.provider.api == "mev_relay" else None,
        )
        return self.question(run, request, period_id=ask.period_id, validator_key=ask.validator_key)

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
        accept_call: AcceptCall | None = None,
        present_period: int | None = None,
        answers: frozenset[int] = frozenset(),
        no_retry: frozenset[int] = frozenset(),
    ) -> AsyncIterator[RpcAnswer | RpcFailure]:
        """JSON-RPC calls, each landed or rejected as it comes; ``about`` gives a call's period and validator.

        ``accept_call`` judges a result beside its call, where that says what it must be.
        """
        async for outcome in self.outcomes(
            calls, accept=accept, accept_call=accept_call, answers=answers, no_retry=no_retry
        ):
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
        accept_call: AcceptCall | None = None,
        answers: frozenset[int] = frozenset(),
        no_retry: frozenset[int] = frozenset(),
    ) -> AsyncIterator[RpcAnswer | RpcFailure]:
        """JSON-RPC calls and what came of each, not landed: for a view whose period is known only afterwards."""
        judge: AcceptCall = accept_call or (lambda _call, result: accept(result))
        return self.rpc.call_many(calls, accept_result=judge, answers=answers, no_retry=no_retry)

    def land_rpc(self, run: Run, answer: RpcAnswer, *, period_id: int, present_period: int | None = None) -> None:
        """Buffer a JSON-RPC answer that was gathered with :meth:`outcomes`."""
        question = self.rpc_question(run, answer.call, period_id=period_id, present_period=present_period)
        self.context.landing.add(Payload(question, run.run_id, answer.http_status, answer.text, answer.fetched_at))

    async def side_by_side(self, work: Iterable[Coroutine[Any, Any, None]]) -> None:
        """Run pieces of work, as many at a time as the provider allows."""
        waiting = iter(work)

        async def go_on() -> None:
            for piece in waiting:
                await piece

        async with asyncio.TaskGroup() as group:
            for _ in range(self.provider.rate_limit.concurrency * len(self.clients)):
                group.create_task(go_on())

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


def _acceptance(ask: Ask) -> Callable[[Received], tuple[str, Any]]:
    """How an answer is judged: its text and value where ``ask`` takes them, or where an error's body says the same."""

    def accept(received: Received) -> tuple[str, Any]:
        text = decode_body(received.body)
        value = parse_text(text)
        if 200 <= received.status < 300:
            ask.accept(value)
        elif not (isinstance(value, dict) and str(value.get("code")) == str(received.status)):
            raise NotAcceptable(f"answered {received.status}", retry=False, kind="http_status")
        return text, value

    return accept


def _count_sent(is_retry: bool) -> None:
    run = _ASKING.get()
    if run is not None:
        run.requests += 1
        run.retries += is_retry


def _host(url: str) -> str:
    """Scheme, host and port: what tells two hosts of one provider apart, and holds no key."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port is not None else ""
    return f"{parts.scheme}://{parts.hostname}{port}"
