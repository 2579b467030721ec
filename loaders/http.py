"""The one HTTP client of the loaders: a provider's pace, deadlines, retries and key, around ``httpx``.

It is the only module that retries, and it knows nothing of what the bodies mean: the caller's ``accept`` does.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Generic, Self, TypeVar

import httpx

from loaders.budget import MonthlyBudget
from loaders.client_limits import Backoff, ClientLimits
from loaders.connections import Connections
from loaders.http_errors import NotAcceptable, NotYet, RequestFailed
from loaders.http_request import Address, Credential, Request
from loaders.rate_headers import exhausted_for, key_is_dead, retry_after
from loaders.rate_limit import PausedTooLong, Place, RateLimiter
from loaders.retry import RETRYABLE_STATUSES, Again, AttemptFailed, Retries

__all__ = [
    "DEADLINE_MULTIPLE",
    "MAX_BODY_BYTES",
    "Answer",
    "Backoff",
    "ClientLimits",
    "Credential",
    "NotAcceptable",
    "NotYet",
    "ProviderClient",
    "Received",
    "Request",
    "RequestFailed",
]

T = TypeVar("T")

DEADLINE_MULTIPLE = 4
"""One attempt may take this many timeouts in all: a server that drips a byte now and then never times out otherwise."""

MAX_BODY_BYTES = 512 * 1024 * 1024
"""A body above this, after content decoding, is refused: text of Postgres ends at 1 GB, and memory before."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Received:
    """A 2xx response: ``body`` after content decoding, ``fetched_at`` aware UTC, ``headers`` in lower case."""

    status: int
    body: bytes = field(repr=False)
    fetched_at: datetime
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Answer(Received, Generic[T]):
    """A response that was accepted, with what ``accept`` made of it; ``attempts`` counts the requests it took."""

    value: T
    attempts: int


class ProviderClient:
    """The connection to one provider; used as ``async with ProviderClient(...) as client``, in one event loop.

    ``requests`` counts requests sent, ``retries`` those of them that were not a call's first, ``rate_limited`` the
    answers that said "too many".

    Raises:
        ProviderError: the base URL or the key cannot be used.
    """

    def __init__(
        self,
        *,
        provider: str,
        base_url: str,
        limits: ClientLimits,
        credential: Credential | None = None,
        backoff: Backoff | None = None,
        max_body_bytes: int = MAX_BODY_BYTES,
        budget: MonthlyBudget | None = None,
        on_sent: Callable[[bool], None] = lambda _is_retry: None,
    ) -> None:
        """``on_sent`` hears of each request, with whether it is a call's second or later, in the caller's context."""
        self.provider = provider
        self.limits = limits
        self.requests = 0
        self.retries = 0
        self.rate_limited = 0
        self._backoff = backoff or Backoff()
        self._max_body_bytes = max_body_bytes
        self._budget = budget
        self._on_sent = on_sent
        self._address = Address(provider, base_url, credential)
        self._limiter = RateLimiter(float(limits.requests_per_second), limits.burst)
        self._slots = asyncio.Semaphore(limits.concurrency)
        _silence_http_libraries()
        # Slots bound their number.
        self._connections = Connections(timeout_seconds=limits.timeout_seconds, trust_env=not self._address.is_loopback)

    def __repr__(self) -> str:
        return f"ProviderClient({self.provider!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connections.close()

    def redacted(self, text: str) -> str:
        """``text`` in one line and without this provider's key: a server may repeat it in its complaint."""
        return self._address.redacted(text)

    async def send(self, request: Request, *, accept: Callable[[bytes], T]) -> Answer[T]:
        """Ask until ``accept`` takes a 2xx body.

        ``accept`` parses and validates; it raises :class:`NotAcceptable` (two more attempts at most, none without
        ``retry``) or :class:`NotYet` (as many as any other failure).

        Raises:
            RequestFailed: no acceptable answer within attempts and budget, or one that will not change.
        """
        return await self.exchange(lambda: request, accept=lambda received: accept(received.body))

    async def exchange(
        self,
        prepare: Callable[[], Request],
        *,
        accept: Callable[[Received], T],
        answers: frozenset[int] = frozenset(),
    ) -> Answer[T]:
        """As :meth:`send`, with a request made anew for each attempt, so that it asks for what is still missing.

        ``answers``: statuses beside 2xx that ``accept`` is to judge too, such as a 404 that says what there is not.

        Raises:
            RequestFailed: as :meth:`send`.
        """
        exchange = _Exchange(Retries(self.limits, self._backoff), prepare, accept, answers)
        # Kept through the waits too: a provider in trouble gets fewer calls, and a retry never queues behind new ones.
        async with self._slots:
            try:
                return await exchange.retries.run(lambda: self._attempt(exchange))
            except AttemptFailed as attempt:
                failed = attempt
        tried = f"; {exchange.retries.gave_up}" if exchange.retries.gave_up else ""
        raise RequestFailed(
            self.redacted(f"{self.provider}: {exchange.last_request}: {failed.reason}{tried}"),
            kind=failed.kind,
            status=exchange.last_status,
            body=exchange.last_body,
            attempts=exchange.retries.sent,
            detail=failed.detail,
        )

    async def _attempt(self, exchange: _Exchange[T]) -> Answer[T]:
        request = exchange.last_request = exchange.prepare()
        retries = exchange.retries
        self._refuse_beyond_budget()
        try:
            place = await self._limiter.acquire(request.weight, longest_pause=retries.seconds_left)
        except PausedTooLong as paused:
            reason = f"asked to wait {paused.seconds:.0f} s, beyond the budget of {self.limits.budget_seconds:g} s"
            raise AttemptFailed(reason, kind="rate_limited", again=Again.NEVER) from None
        if retries.seconds_left <= 0 and exchange.last_failure is not None:
            exchange.last_failure.again = Again.NEVER
            raise exchange.last_failure
        # Others may have taken the last ones meanwhile.
        self._refuse_beyond_budget()
        self._count(retries)
        try:
            received = await self._receive(request, place, retries.seconds_left)
            return self._judge(received, exchange, place)
        except AttemptFailed as failed:
            exchange.remember(failed)
            raise

    def _refuse_beyond_budget(self) -> None:
        if self._budget is not None and self._budget.is_used_up:
            raise AttemptFailed(str(self._budget), kind="over_budget", again=Again.NEVER)

    def _count(self, retries: Retries) -> None:
        retries.count_sent()
        self.requests += 1
        self.retries += retries.sent > 1
        if self._budget is not None:
            self._budget.count()
        self._on_sent(retries.sent > 1)

    async def _receive(self, request: Request, place: Place, seconds_left: float) -> Received:
        """The response, whatever its status, to its last byte."""

        connecting = False

        async def trace(event: str, _: object) -> None:
            nonlocal connecting
            connecting = connecting or event == "connection.connect_tcp.started"
            if event == "http11.send_request_body.complete" or (
                connecting and event == "http11.receive_response_headers.complete"
            ):
                place.left_now()

        deadline = max(0.0, min(self.limits.timeout_seconds * DEADLINE_MULTIPLE, seconds_left))
        status: int | None = None
        body = bytearray()
        try:
            async with asyncio.timeout(deadline):
                with self._connections.lend() as http:
                    outgoing = self._address.build(request, http)
                    outgoing.extensions["trace"] = trace
                    response = await http.send(outgoing, stream=True)
                    try:
                        status = response.status_code
                        async for piece in response.aiter_bytes():
                            body += piece
                            if len(body) > self._max_body_bytes:
                                break
                    finally:
                        await response.aclose()
            headers = dict(response.headers)
            failure = None
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
            failure = _lost(error, self.limits.timeout_seconds, deadline)
        # Raised here and not above: the library's exceptions hold the request, and with it the key.
        if failure is not None:
            failure.status, failure.body = status, bytes(body) or None
            raise failure
        if len(body) > self._max_body_bytes:
            reason = f"sent more than {self._max_body_bytes} bytes; ask for less at once"
            raise AttemptFailed(reason, kind="too_large", again=Again.NEVER, status=status)
        return Received(response.status_code, bytes(body), datetime.now(UTC), headers)

    def _judge(self, received: Received, exchange: _Exchange[T], place: Place) -> Answer[T]:
        if not 200 <= received.status < 300 and received.status not in exchange.answers:
            raise self._refusal(received, exchange.retries.sent)
        exhausted = exhausted_for(received.headers, received.fetched_at)
        if exhausted and not self._limiter.foresees(exhausted, place):
            self._pause(exhausted)
        try:
            value = exchange.accept(received)
        except NotAcceptable as rejection:
            verdict = rejection
        else:
            return Answer(
                received.status, received.body, received.fetched_at, received.headers, value, exchange.retries.sent
            )
        again = Again.FULLY if isinstance(verdict, NotYet) else Again.LITTLE if verdict.retry else Again.NEVER
        pause = None
        if verdict.kind == "rate_limited":
            pause = self._too_many(received, exchange.retries.sent)
        raise AttemptFailed(
            str(verdict),
            kind=verdict.kind,
            again=again,
            status=received.status,
            body=received.body,
            pause=pause,
            detail=verdict.detail,
        )

    def _refusal(self, received: Received, attempt: int) -> AttemptFailed:
        status = received.status
        failure = AttemptFailed(
            f"answered {status}", kind="http_status", again=Again.NEVER, status=status, body=received.body
        )
        if 300 <= status < 400:
            failure.kind = "redirect"
            target = self._address.points_to(received.headers.get("location", ""))
            failure.reason = f"answered {status} and points to {target}, which is not followed; correct its address"
        elif status == 429 and key_is_dead(received.headers):
            failure.kind = "rate_limited"
            failure.reason = "answered 429 with all limits at 0: its key is no longer valid"
        elif status in RETRYABLE_STATUSES:
            failure.again = Again.FULLY
            if status == 429:
                failure.kind = "rate_limited"
                failure.pause = self._too_many(received, attempt)
            elif status == 503 and (asked := retry_after(received.headers)) is not None:
                failure.pause = asked
                self._pause(asked)
        return failure

    def _too_many(self, received: Received, attempt: int) -> float:
        """Pause everyone for as long as the answer asks, else by backoff; the seconds."""
        self.rate_limited += 1
        # Nobody else is on the road during a pause, so there is no crowd for full jitter to spread.
        seconds = self._backoff.window(attempt) * random.uniform(0.5, 1)
        # A short Retry-After does not outdo a month's limit that is used up.
        asked = max(retry_after(received.headers) or 0.0, exhausted_for(received.headers, received.fetched_at) or 0.0)
        if asked:
            seconds = asked
        self._pause(seconds, too_fast=True)
        return seconds

    def _pause(self, seconds: float, *, too_fast: bool = False) -> None:
        _log.info("%s: pausing for %.1f s, as its limits ask", self.provider, seconds)
        self._limiter.pause(seconds, too_fast=too_fast)


@dataclass
class _Exchange(Generic[T]):
    """One call on its way through its attempts."""

    retries: Retries
    prepare: Callable[[], Request]
    accept: Callable[[Received], T]
    answers: frozenset[int] = frozenset()
    last_request: Request | None = None
    last_failure: AttemptFailed | None = None
    last_status: int | None = None
    last_body: bytes | None = None

    def remember(self, failed: AttemptFailed) -> None:
        """Keep what the attempt received; a later one without a body does not make it vanish."""
        self.last_failure = failed
        if failed.body or not self.last_body:
            self.last_status, self.last_body = failed.status, failed.body


def _lost(error: Exception, timeout: float, deadline: float) -> AttemptFailed:
    """An attempt that got no whole response. Only messages that cannot hold a header are repeated."""
    if isinstance(error, httpx.TimeoutException):
        return AttemptFailed(f"sent nothing for {timeout:g} s", kind="timeout", again=Again.FULLY)
    if isinstance(error, TimeoutError):
        return AttemptFailed(f"had not sent all after {deadline:.3g} s", kind="timeout", again=Again.FULLY)
    if isinstance(error, httpx.DecodingError):
        return AttemptFailed("its body's compression is damaged", kind="not_json", again=Again.LITTLE)
    if isinstance(error, httpx.ConnectError | httpx.RemoteProtocolError):
        what = "could not be reached" if isinstance(error, httpx.ConnectError) else "broke off"
        return AttemptFailed(f"{what}: {error}", kind="connection", again=Again.FULLY)
    if isinstance(error, httpx.NetworkError | httpx.ProxyError):
        return AttemptFailed(f"broke off ({type(error).__name__})", kind="connection", again=Again.FULLY)
    return AttemptFailed(f"cannot be asked so ({type(error).__name__})", kind="connection", again=Again.NEVER)


class _WarningsOnly(logging.Filter):
    """httpx logs whole URLs, and httpcore headers: keys, at the levels INFO and DEBUG."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


_WARNINGS_ONLY = _WarningsOnly()


def _silence_http_libraries() -> None:
    for name in ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks"))):
        logging.getLogger(name).addFilter(_WARNINGS_ONLY)
