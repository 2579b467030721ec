"""What the responses of a JSON-RPC batch settle, element by element."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from loaders.http import Received
from loaders.http_errors import NotAcceptable, NotYet, RequestFailed
from loaders.http_request import Request
from loaders.json_body import decode_body, parse_json, parse_text, split_text
from loaders.json_rpc_call import (
    HEALING_CODES,
    RpcAnswer,
    RpcCall,
    RpcError,
    RpcFailure,
    as_integer,
    read_envelope,
)

AcceptResult = Callable[[RpcCall, object], None]
"""Given a call and its result, raises :class:`NotAcceptable` where the result is not what the method promises."""


@dataclass(frozen=True)
class Terms:
    """What the caller takes for an answer."""

    accept_result: AcceptResult
    answers: frozenset[int]
    no_retry: frozenset[int]

    def answer(self, call: RpcCall, *, text: str, value: object, received: Received) -> RpcAnswer:
        """The answer that a response object is.

        Raises:
            NotAcceptable: it is none, or (as NotYet) not yet one.
        """
        envelope, error = read_envelope(value)
        if error is None:
            self.accept_result(call, envelope["result"])
        elif error.is_rate_limit:
            raise NotYet(f"answered {error}", kind="rate_limited", detail=error)
        elif error.code not in self.answers:
            if error.code in HEALING_CODES and error.code not in self.no_retry:
                raise NotYet(f"answered {error}", kind="rpc_error", detail=error)
            raise NotAcceptable(f"answered {error}", retry=False, kind="rpc_error", detail=error)
        return RpcAnswer(
            call=call,
            text=text,
            value=envelope,
            result=envelope.get("result") if error is None else None,
            error=error,
            http_status=received.status,
            fetched_at=received.fetched_at,
        )


@dataclass
class Batch:
    """One batch on its way: what is open goes out again, what is settled stays."""

    provider: str
    path: str
    weight: int | None
    calls: Sequence[RpcCall]
    terms: Terms
    open: dict[int, RpcCall] = field(default_factory=dict)
    alone: list[RpcCall] = field(default_factory=list)
    settled: list[RpcAnswer | RpcFailure] = field(default_factory=list)
    last: dict[int, RpcFailure] = field(default_factory=dict)
    refused: bool = False

    def __post_init__(self) -> None:
        for call in self.calls:
            if self.open.setdefault(call.id, call) != call:
                self.alone.append(call)

    def request(self) -> Request:
        """The calls that are open."""
        methods = "/".join(sorted({call.method for call in self.open.values()}))
        return Request(
            "POST",
            self.path,
            json_body=[call.envelope() for call in self.open.values()],
            weight=self.weight or len(self.open),
            label=f"batch of {len(self.open)} {methods}",
        )

    def accept(self, received: Received) -> None:
        """Settle what the response answers.

        Raises:
            NotAcceptable: the server takes no batches, or (as NotYet) some elements say "later".
        """
        text = decode_body(received.body)
        if not text.lstrip().startswith("["):
            self._accept_object(parse_text(text))
        elements = [
            (as_integer(value.get("id")), raw, value) for raw, value in split_text(text) if isinstance(value, dict)
        ]
        counts = Counter(number for number, _, _ in elements)
        later: NotYet | None = None
        for number, raw, value in elements:
            call = self.open.get(number) if number is not None and counts[number] == 1 else None
            if call is None or number is None:
                continue
            try:
                self.settled.append(self.terms.answer(call, text=raw, value=value, received=received))
            except NotYet as verdict:
                if later is None or verdict.kind == "rate_limited":
                    later = verdict
                self.last[number] = self._rejected(call, verdict, raw, received)
                continue
            except NotAcceptable as verdict:
                if verdict.retry:
                    self.alone.append(call)
                else:
                    self.settled.append(self._rejected(call, verdict, raw, received))
            del self.open[number]
        answered_later = {number for number in self.open if counts[number] == 1}
        self.alone += [self.open.pop(number) for number in list(self.open) if number not in answered_later]
        if later is not None:
            raise NotYet(f"{len(self.open)} of its calls {later.reason}", kind=later.kind, detail=later.detail)

    def take_open(self) -> list[RpcCall]:
        """The calls without an outcome, each from now on somebody else's."""
        taken = list(self.open.values())
        self.open = {}
        return taken

    def failure(self, call: RpcCall, failed: RequestFailed) -> RpcFailure:
        """The call's failure with its batch: its own last element, where it had one."""
        own = self.last.get(call.id)
        return replace(own, attempts=failed.attempts) if own else failure_of(call, failed)

    def outcomes(self) -> list[RpcAnswer | RpcFailure]:
        """One for each call that came in, equal ones included, whatever the order."""
        by_id: dict[int, list[RpcAnswer | RpcFailure]] = {}
        for outcome in self.settled:
            by_id.setdefault(outcome.call.id, []).append(outcome)
        return [next(out for out in by_id[call.id] if out.call == call) for call in self.calls]

    def _accept_object(self, value: object) -> None:
        try:
            _, error = read_envelope(value)
        except NotAcceptable:
            error = None
        if error is not None and error.is_rate_limit:
            raise NotYet(f"answered {error}", kind="rate_limited", detail=error)
        if error is not None and error.code in HEALING_CODES - self.terms.no_retry:
            raise NotYet(f"answered {error}", kind="rpc_error", detail=error)
        self.refused = True
        raise NotAcceptable(f"answered {error}" if error else "is no array", retry=False)

    def _rejected(self, call: RpcCall, verdict: NotAcceptable, raw: str, received: Received) -> RpcFailure:
        error = verdict.detail if isinstance(verdict.detail, RpcError) else None
        return RpcFailure(
            call=call,
            kind=verdict.kind,
            reason=f"{self.provider}: {Request('POST', self.path, label=call.method)}: {verdict}",
            code=error.code if error else None,
            message=error.message if error else None,
            http_status=received.status,
            body=raw.encode(),
            attempts=1,
        )


def failure_of(call: RpcCall, failed: RequestFailed) -> RpcFailure:
    """A failed request as the failure of one call."""
    error = failed.detail if isinstance(failed.detail, RpcError) else _error_in(failed.body)
    return RpcFailure(
        call=call,
        kind=failed.kind,
        reason=failed.reason,
        code=error.code if error else None,
        message=error.message if error else None,
        http_status=failed.status,
        body=failed.body,
        attempts=failed.attempts,
    )


def _error_in(body: bytes | None) -> RpcError | None:
    """The error object that some servers put into the body of a 4xx or 5xx."""
    try:
        return read_envelope(parse_json(body))[1] if body else None
    except NotAcceptable:
        return None
