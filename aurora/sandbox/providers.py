"""The simulated providers behind one door: a request goes in, an answer comes out, with the faults in force."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Protocol

from aurora.sandbox.ethereum.network import EthereumNetwork
from aurora.sandbox.exchange import Answer, Exchange
from aurora.sandbox.faults import ANSWER_KINDS, TRANSPORT_KINDS, Fault, Faults, distort
from aurora.sandbox.reply import Reply
from aurora.sandbox.request_log import RequestLog
from aurora.sandbox.solana.beach import SolanaBeach
from aurora.sandbox.solana.blocks import dump
from aurora.sandbox.solana.jito import EMPTY_BODIES, Jito, JitoError
from aurora.sandbox.solana.rpc import SolanaRpc
from aurora.sandbox.solana.rpc_errors import RpcError
from aurora.sandbox.solana.stakewiz import Stakewiz
from aurora.sandbox.solana.view import View

SOLANA_RPC, JITO, STAKEWIZ, SOLANA_BEACH = "solana_rpc", "jito", "stakewiz", "solana_beach"
BEACONCHAIN, BEACON_NODE, ETH_RPC, MEV_RELAY = "beaconchain", "beacon_node", "eth_rpc", "mev_relay"
RPC_PROVIDERS = frozenset({SOLANA_RPC, ETH_RPC})
_HTML = b"<!DOCTYPE html><html><head><title>%d</title></head><body><h1>%s</h1></body></html>"
_REASONS = {403: "Forbidden", 413: "Payload Too Large", 429: "Too Many Requests", 500: "Internal Server Error"}
_BATCH_KINDS = frozenset({"batch_refused", "batch_413", "batch_shuffled"})
# As the public nodes send them (recorded in 2023), with limits that are never reached.
_RPC_HEADERS = {
    "x-ratelimit-tier": "free",
    "x-ratelimit-method-limit": "100000",
    "x-ratelimit-method-remaining": "99999",
    "x-ratelimit-rps-limit": "100000",
    "x-ratelimit-rps-remaining": "99999",
}


class _Node(Protocol):
    def call(self, method: str, params: Any) -> Any: ...


class _Service(Protocol):
    def route(self, exchange: Exchange) -> str: ...

    def answer(self, exchange: Exchange) -> Reply: ...


class Providers:
    """Answers requests to the providers of both chains.

    ``limits`` are requests a second by provider; beyond them a provider answers 429 with ``Retry-After: 1``.
    """

    def __init__(
        self,
        view: View,
        ethereum: EthereumNetwork,
        faults: Faults,
        log: RequestLog,
        *,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        self._jito, self._stakewiz = Jito(view), Stakewiz(view)
        self._nodes: dict[str, _Node] = {SOLANA_RPC: SolanaRpc(view), ETH_RPC: ethereum.rpc}
        self._services: dict[str, _Service] = {
            SOLANA_BEACH: SolanaBeach(view),
            BEACONCHAIN: ethereum.beaconchain,
            BEACON_NODE: ethereum.beacon_node,
            MEV_RELAY: ethereum.relays,
        }
        self._faults, self._log = faults, log
        self._limits = dict(limits or {})
        self._times: dict[str, deque[float]] = {name: deque() for name in self._limits}

    def answer(self, exchange: Exchange) -> Answer:
        """The answer to a request, faults included; the request is logged."""
        if exchange.provider in RPC_PROVIDERS:
            calls, produce = self._read_rpc(exchange)
        elif exchange.provider in self._services:
            calls, produce = self._read_service(exchange, self._services[exchange.provider])
        else:
            calls, produce = self._read_rest(exchange)
        is_batch = exchange.provider in RPC_PROVIDERS and exchange.body.lstrip()[:1] == b"["
        kinds = TRANSPORT_KINDS if is_batch else TRANSPORT_KINDS - _BATCH_KINDS
        struck = self._faults.draw(kinds, provider=exchange.provider, calls=calls)
        answer = self._refusal(exchange, struck, calls) or produce(struck)
        self._spoil(answer, struck, accepts_gzip=exchange.accepts_gzip)
        routes = [route for route, _ in calls]
        self._log.add(exchange.provider, routes=routes, text=" ".join(text for _, text in calls), status=answer.status)
        return answer

    def _read_rpc(self, exchange: Exchange) -> tuple[list[tuple[str, str]], Callable[[list[Fault]], Answer]]:
        try:
            sent = json.loads(exchange.body)
        except ValueError:
            error = {"jsonrpc": "2.0", "error": RpcError(-32700, "Parse error").as_json(), "id": None}
            return [("", "")], lambda _: Answer(body=dump(error))
        asked = sent if isinstance(sent, list) and sent else [sent]
        calls = [_route_of(call) for call in asked]

        def produce(struck: list[Fault]) -> Answer:
            answers = [self._call(exchange.provider, call, *route) for call, route in zip(asked, calls, strict=True)]
            if any(fault.kind == "batch_shuffled" for fault in struck):
                answers.reverse()
            body = b"[" + b",".join(answers) + b"]" if asked is sent else answers[0]
            return Answer(body=body, headers=dict(_RPC_HEADERS) if exchange.provider == SOLANA_RPC else {})

        return calls, produce

    def _call(self, provider: str, call: object, method: str, text: str) -> bytes:
        """One JSON-RPC response: HTTP 200 whatever it says."""
        if not isinstance(call, dict) or not method:
            return _envelope("error", RpcError(-32600, "Invalid request").as_json(), None)
        struck = self._faults.draw(ANSWER_KINDS, provider=provider, calls=[(method, text)])
        try:
            for fault in struck:
                if fault.kind == "rpc_error":
                    raise RpcError(fault.code, f"{method} failed as told")
            result = self._nodes[provider].call(method, call.get("params") or [])
        except RpcError as error:
            return _envelope("error", error.as_json(), call.get("id"))
        for fault in struck:
            result = distort(result, fault)
        return _envelope("result", result, call.get("id"))

    def _read_service(
        self, exchange: Exchange, service: _Service
    ) -> tuple[list[tuple[str, str]], Callable[[list[Fault]], Answer]]:
        query = "&".join(f"{name}={value}" for name, value in sorted(exchange.query.items()))
        sent = exchange.body.decode(errors="replace")
        where = f"relay_{exchange.host}/{exchange.path}" if exchange.provider == MEV_RELAY else exchange.path
        call = (service.route(exchange), f"{where}?{query} {sent}")

        def produce(_: list[Fault]) -> Answer:
            reply = service.answer(exchange)
            value = reply.value
            if reply.status == 200:
                for fault in self._faults.draw(ANSWER_KINDS, provider=exchange.provider, calls=[call]):
                    if fault.kind == "duplicated_page":
                        value = _with_rows_of(value, service.answer(_first_page(exchange)).value)
                    elif fault.kind == "cursor_loop":
                        _loop(value, exchange)
                    else:
                        value = distort(value, fault)
            return Answer(status=reply.status, body=dump(value), headers=dict(reply.headers))

        return [call], produce

    def _read_rest(self, exchange: Exchange) -> tuple[list[tuple[str, str]], Callable[[list[Fault]], Answer]]:
        query = "&".join(f"{name}={value}" for name, value in sorted(exchange.query.items()))
        text = f"{exchange.path}?{query} {exchange.body.decode(errors='replace')}"
        call = (exchange.path.partition("/")[0], text)

        def produce(_: list[Fault]) -> Answer:
            try:
                result = self._ask(exchange)
            except JitoError as error:
                return Answer(status=error.status, body=dump(error.body))
            if result is None:
                return Answer(status=404, body=b'{"error":"not found"}')
            for fault in self._faults.draw(ANSWER_KINDS, provider=exchange.provider, calls=[call]):
                result = distort(result, fault)
            return Answer(body=dump(result))

        return [call], produce

    def _ask(self, exchange: Exchange) -> Any:
        if exchange.provider == STAKEWIZ:
            return self._stakewiz.answer(exchange.path)
        body: Any = {}
        # The real host drops the body of a GET.
        if exchange.body and exchange.method == "POST":
            try:
                body = json.loads(exchange.body)
            except ValueError:
                body = None
            if not isinstance(body, dict):
                raise JitoError(400, {"error": "Failed to parse the request body as JSON"})
        return self._jito.answer(exchange.path, exchange.query, body)

    def _refusal(self, exchange: Exchange, struck: list[Fault], calls: list[tuple[str, str]]) -> Answer | None:
        """An answer that takes the place of the real one."""
        if self._is_over_limit(exchange.provider):
            return Answer(status=429, body=_page(429), content_type="text/html", headers={"retry-after": "1"})
        for fault in struck:
            kind, _, number = fault.kind.partition("_")
            if fault.kind == "html_200":
                return Answer(body=_HTML % (200, b"Checking your browser"), content_type="text/html")
            if fault.kind == "batch_refused":
                error = RpcError(-32600, "Batch requests are not supported").as_json()
                return Answer(body=_envelope("error", error, None))
            if fault.kind == "batch_413":
                return Answer(status=413, body=_page(413), content_type="text/html")
            if fault.kind == "redirect":
                return Answer(status=302, body=b"", headers={"location": f"https://sandbox.invalid/{exchange.path}"})
            if fault.kind == "dead_key":
                windows = ("second", "minute", "hour", "day", "month")
                headers = {f"x-ratelimit-limit-{window}": "0" for window in windows}
                body = _limit_body("API key is invalid or has expired", 0, provider=exchange.provider)
                return Answer(status=429, body=dump(body), headers=headers)
            if kind == "http":
                return _failure(int(number), fault, provider=exchange.provider, route=calls[0][0])
        return None

    def _is_over_limit(self, provider: str) -> bool:
        limit = self._limits.get(provider)
        if limit is None:
            return False
        now, times = time.monotonic(), self._times[provider]
        while times and now - times[0] >= 1:
            times.popleft()
        if len(times) >= limit:
            return True
        times.append(now)
        return False

    @staticmethod
    def _spoil(answer: Answer, struck: list[Fault], *, accepts_gzip: bool) -> None:
        """What goes wrong on the way out."""
        kinds = {fault.kind for fault in struck}
        if "truncated" in kinds:
            answer.body = answer.body[: max(1, len(answer.body) * 2 // 3)]
        if "invalid_utf8" in kinds:
            head, quote, rest = answer.body.partition(b':"')
            answer.body = head + quote + b"\xff\xfe" + rest
        if "wrong_content_type" in kinds:
            answer.content_type = "text/plain"
        for fault in struck:
            if fault.kind == "clock_skew":
                _skew(answer, fault.seconds)
        answer.delay_seconds = sum(fault.seconds for fault in struck if fault.kind == "slow")
        answer.is_cut = "cut" in kinds
        if "gzip" in kinds or accepts_gzip:
            answer.encode(is_forced="gzip" in kinds)


def _route_of(call: object) -> tuple[str, str]:
    if not isinstance(call, dict) or not isinstance(call.get("method"), str):
        return "", ""
    return call["method"], json.dumps(call.get("params", []), sort_keys=True, separators=(",", ":"))


def _envelope(member: str, value: Any, request_id: object) -> bytes:
    return dump({"jsonrpc": "2.0", member: value, "id": request_id})


def _page(status: int) -> bytes:
    return _HTML % (status, _REASONS.get(status, "Service Unavailable").encode())


def _failure(status: int, fault: Fault, *, provider: str, route: str) -> Answer:
    headers = {"retry-after": str(fault.seconds)} if status in (429, 503) and fault.seconds else {}
    if status == 500 and provider == JITO:
        return Answer(status=status, body=dump(EMPTY_BODIES.get(route, {})), headers=headers)
    if status == 429 and not fault.html:
        message = "Too many requests for a specific RPC call"
        return Answer(status=status, body=dump(_limit_body(message, fault.seconds, provider=provider)), headers=headers)
    return Answer(status=status, body=_page(status), content_type="text/html", headers=headers)


def _limit_body(message: str, seconds: int, *, provider: str) -> Any:
    """The body of a 429 as the provider writes it."""
    if provider in RPC_PROVIDERS:
        return {"jsonrpc": "2.0", "error": {"code": 429, "message": message}, "id": None}
    if provider in (BEACON_NODE, MEV_RELAY):
        return {"code": 429, "message": message}
    if provider == SOLANA_BEACH:
        return {"err": message, "retry": str(seconds)}
    return {"error": message}


def _skew(answer: Answer, seconds: int) -> None:
    """Tell the time, and when the limit is reset, by a clock that is off; ``Retry-After`` becomes a date by it."""
    now = time.time() + seconds
    answer.headers["date"] = _http_date(now)
    answer.headers["ratelimit-reset"] = str(int(now) + 1)
    if "retry-after" in answer.headers:
        answer.headers["retry-after"] = _http_date(now + int(answer.headers["retry-after"]))


def _http_date(moment: float) -> str:
    return format_datetime(datetime.fromtimestamp(moment, tz=UTC), usegmt=True)


def _first_page(exchange: Exchange) -> Exchange:
    """The same question without a cursor or an offset."""
    query = {name: value for name, value in exchange.query.items() if name not in ("cursor", "offset")}
    body = exchange.body
    if b'"cursor"' in body:
        body = dump({**json.loads(body), "cursor": ""})
    return replace(exchange, query=query, body=body)


def _with_rows_of(page: Any, first: Any) -> Any:
    """A page with the rows of the first one, its paging left as it is."""
    if isinstance(page, dict) and isinstance(first, dict):
        return {**page, **{name: first[name] for name in ("data", "history") if name in first}}
    return first


def _loop(page: Any, exchange: Exchange) -> None:
    """Let a page's next cursor be its own."""
    if isinstance(page, dict) and isinstance(page.get("paging"), dict):
        asked = json.loads(exchange.body).get("cursor")
        page["paging"]["next_cursor"] = asked or page["paging"].get("next_cursor", "")
