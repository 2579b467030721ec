"""What is retried, what is not, and what a failure says."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pydantic import SecretStr

from aurora.errors import ProviderError
from loaders.budget import MonthlyBudget
from loaders.http import ClientLimits, NotAcceptable, NotYet, ProviderClient, Request, RequestFailed
from tests.loaders.http.clients import SECRET, Key, anything, client_of
from tests.loaders.http.server import Reply, Seen, in_loop, script, serving

GOOD = Reply(b'{"fees": 123456789012345678901234567890}')
HTML = b"<html>Too many requests</html>"


async def fails(client: ProviderClient, request: Request | None = None) -> RequestFailed:
    with pytest.raises(RequestFailed) as caught:
        await client.send(request or Request(path="/fees"), accept=anything)
    return caught.value


@in_loop
async def test_an_answer_keeps_the_bytes_and_every_digit() -> None:
    async with serving(script(GOOD)) as server, client_of(server.url) as client:
        before = datetime.now(UTC)
        answer = await client.send(Request(path="/fees"), accept=anything)
    assert answer.body == GOOD.body
    assert answer.value == {"fees": 123456789012345678901234567890}
    assert answer.status == 200
    assert before <= answer.fetched_at <= datetime.now(UTC)
    assert (client.requests, client.retries, client.rate_limited) == (1, 0, 0)


@in_loop
async def test_a_gzipped_body_is_the_bytes_after_decoding() -> None:
    async with serving(script(Reply(GOOD.body, zipped=True))) as server, client_of(server.url) as client:
        answer = await client.send(Request(), accept=anything)
    assert answer.body == GOOD.body


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
@in_loop
async def test_a_status_that_heals_is_tried_again(status: int) -> None:
    async with (
        serving(script(Reply(HTML, status), Reply(HTML, status), GOOD)) as server,
        client_of(server.url) as client,
    ):
        answer = await client.send(Request(path="/fees"), accept=anything)
    assert answer.body == GOOD.body
    assert answer.attempts == 3
    assert (client.requests, client.retries) == (3, 2)
    assert client.rate_limited == (2 if status == 429 else 0)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 422, 501])
@in_loop
async def test_a_final_status_is_asked_once_and_its_body_is_kept(status: int) -> None:
    async with serving(script(Reply(b'{"error": "no"}', status), GOOD)) as server, client_of(server.url) as client:
        failed = await fails(client)
    assert (failed.kind, failed.status, failed.body, failed.attempts) == ("http_status", status, b'{"error": "no"}', 1)
    assert failed.reason == f"alpha: GET /fees: answered {status}"
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "broken", [Reply(cut_after=0), Reply(b'{"fees": 1234}', cut_after=9)], ids=["cut before", "cut within the body"]
)
@in_loop
async def test_a_cut_connection_heals(broken: Reply) -> None:
    async with serving(script(broken, GOOD)) as server, client_of(server.url) as client:
        assert (await client.send(Request(), accept=anything)).body == GOOD.body


@in_loop
async def test_a_body_cut_each_time_fails_and_keeps_what_came() -> None:
    async with serving(script(Reply(b'{"fees": 1234}', cut_after=9))) as server, client_of(server.url) as client:
        failed = await fails(client)
    assert (failed.kind, failed.status, failed.body, failed.attempts) == ("connection", 200, b'{"fees": ', 4)


@in_loop
async def test_nobody_listening_is_a_connection_failure_after_all_attempts() -> None:
    async with client_of("http://127.0.0.1:1", attempts=3) as client:
        failed = await fails(client)
    assert (failed.kind, failed.status, failed.body, failed.attempts) == ("connection", None, None, 3)
    assert "could not be reached" in failed.reason
    assert isinstance(failed, ProviderError)


@in_loop
async def test_silence_times_out_and_is_tried_again() -> None:
    slow = Reply(delay_seconds=1.5)
    async with serving(script(slow, GOOD)) as server, client_of(server.url, timeout_seconds=0.1) as client:
        assert (await client.send(Request(), accept=anything)).attempts == 2


@in_loop
async def test_a_server_that_drips_bytes_does_not_hang_a_call() -> None:
    drip = Reply(b"[" + b" " * 500 + b"]", drip_seconds=0.02)
    async with serving(script(drip)) as server, client_of(server.url, timeout_seconds=0.05, attempts=1) as client:
        failed = await fails(client)
    assert failed.kind == "timeout"
    assert "had not sent all" in failed.reason


@in_loop
async def test_a_body_above_the_maximum_is_refused_once() -> None:
    async with (
        serving(script(Reply(b" " * 50_000 + b"1", zipped=True))) as server,
        client_of(server.url, max_body_bytes=20_000) as client,
    ):
        failed = await fails(client)
    assert (failed.kind, failed.attempts) == ("too_large", 1)


@in_loop
async def test_a_redirect_is_not_followed_and_says_where_to() -> None:
    def redirect(_: Seen) -> Reply:
        return Reply(b"", 302, {"Location": f"https://user:pw@other.example/v9/fees?key={SECRET}"})

    async with serving(redirect) as server, client_of(server.url) as client:
        failed = await fails(client)
    assert (failed.kind, failed.status, failed.attempts) == ("redirect", 302, 1)
    assert "https://other.example/v9/fees" in failed.reason
    assert SECRET not in failed.reason
    assert "pw" not in failed.reason


@in_loop
async def test_a_page_instead_of_json_gets_two_more_attempts_only() -> None:
    async with serving(script(Reply(HTML))) as server, client_of(server.url, attempts=9) as client:
        failed = await fails(client)
    assert (failed.kind, failed.status, failed.body, failed.attempts) == ("not_json", 200, HTML, 3)


@in_loop
async def test_a_body_damaged_once_heals() -> None:
    async with serving(script(Reply(GOOD.body[:-3]), GOOD)) as server, client_of(server.url) as client:
        assert (await client.send(Request(), accept=anything)).body == GOOD.body


@in_loop
async def test_a_rejection_that_cannot_heal_is_not_asked_again() -> None:
    def accept(body: bytes) -> None:
        raise NotAcceptable("lacks fees", retry=False)

    async with serving(script(Reply(b"{}"))) as server, client_of(server.url) as client:
        with pytest.raises(RequestFailed) as caught:
            await client.send(Request("POST", "/fees", json_body={}), accept=accept)
    assert (caught.value.kind, caught.value.body, caught.value.attempts) == ("not_the_shape", b"{}", 1)
    assert caught.value.reason == "alpha: POST /fees: its body lacks fees"


@in_loop
async def test_not_yet_is_asked_again_with_all_attempts() -> None:
    def accept(body: bytes) -> None:
        raise NotYet("answered later", kind="rpc_error", detail=7)

    async with serving(script(Reply(b"{}"))) as server, client_of(server.url, attempts=6) as client:
        with pytest.raises(RequestFailed) as caught:
            await client.send(Request(), accept=accept)
    assert (caught.value.kind, caught.value.attempts, caught.value.detail) == ("rpc_error", 6, 7)


@in_loop
async def test_a_rotten_body_does_not_vanish_behind_a_later_failure() -> None:
    async with serving(script(Reply(HTML), Reply(cut_after=0))) as server, client_of(server.url) as client:
        failed = await fails(client)
    assert (failed.kind, failed.status, failed.body) == ("connection", 200, HTML)


@in_loop
async def test_the_budget_ends_a_call_before_its_attempts_do() -> None:
    async with (
        serving(script(Reply(HTML, 500, delay_seconds=0.1))) as server,
        client_of(server.url, attempts=1000, budget_seconds=0.35) as client,
    ):
        failed = await fails(client)
    assert 2 <= failed.attempts <= 4
    assert failed.kind in ("http_status", "timeout")
    assert failed.body == HTML


# --- pauses -----------------------------------------------------------------------------------------------------


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


@pytest.mark.parametrize("status", [429, 503])
@in_loop
async def test_retry_after_pauses_the_whole_provider(status: int) -> None:
    limited_once = script(Reply(HTML, status, {"Retry-After": "1"}), GOOD)
    async with serving(limited_once) as server, client_of(server.url) as client:
        limited = asyncio.create_task(client.send(Request(), accept=anything))
        await asyncio.sleep(0.2)
        await client.send(Request(path="/other"), accept=anything)
        await limited
    assert len(server.seen) == 3
    assert min(seen.at for seen in server.seen[1:]) - server.seen[0].at >= 0.99


@in_loop
async def test_a_retry_after_date_is_read_against_the_servers_own_clock() -> None:
    skewed = datetime(2020, 1, 1, tzinfo=UTC)
    headers = {"Date": http_date(skewed), "Retry-After": http_date(skewed + timedelta(seconds=1))}
    async with serving(script(Reply(HTML, 429, headers), GOOD)) as server, client_of(server.url) as client:
        await client.send(Request(), accept=anything)
    assert server.seen[1].at - server.seen[0].at >= 0.99


@in_loop
async def test_a_retry_after_beyond_the_budget_gives_up_at_once_and_for_everyone() -> None:
    limited = Reply(HTML, 429, {"Retry-After": "3600"})
    async with serving(script(limited, GOOD)) as server, client_of(server.url) as client:
        failed = await fails(client)
        other = await fails(client, Request(path="/other"))
    assert (failed.kind, failed.status, failed.body, failed.attempts) == ("rate_limited", 429, HTML, 1)
    assert "would have to wait 3600 s" in failed.reason
    assert (other.kind, other.attempts) == ("rate_limited", 0)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "month",
    [
        {"RateLimit-Remaining": "0", "RateLimit-Reset": "1200000", "RateLimit-Window": "month"},
        {"X-RateLimit-Remaining-Month": "0", "X-RateLimit-Reset-Month": "1200000"},
    ],
)
@in_loop
async def test_a_months_limit_that_is_used_up_is_not_tried_again_whatever_retry_after_says(
    month: dict[str, str],
) -> None:
    limited = Reply(HTML, 429, {"Retry-After": "1", **month})
    async with serving(script(limited, GOOD)) as server, client_of(server.url) as client:
        failed = await fails(client)
        other = await fails(client, Request(path="/other"))
    assert (failed.kind, failed.attempts, other.attempts) == ("rate_limited", 1, 0)
    assert len(server.seen) == 1


@in_loop
async def test_requests_beyond_the_months_budget_are_not_sent_retries_included() -> None:
    async with serving(script(Reply(HTML, 500), GOOD)) as server:
        client = ProviderClient(
            provider="alpha", base_url=server.url, limits=ClientLimits(1_000, burst=10), budget=MonthlyBudget(3)
        )
        async with client:
            first = await client.send(Request(path="/fees"), accept=anything)
            await client.send(Request(path="/fees"), accept=anything)
            failed = await fails(client)
    assert (first.attempts, len(server.seen)) == (2, 3)
    assert (failed.kind, failed.attempts, failed.body) == ("over_budget", 0, None)
    assert "budget of 3 requests a month" in failed.reason


@in_loop
async def test_an_exhausted_limit_is_waited_out_before_it_is_broken() -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}
    async with serving(script(Reply(b"1", headers=headers), GOOD)) as server, client_of(server.url) as client:
        await client.send(Request(), accept=anything)
        await client.send(Request(), accept=anything)
    assert server.seen[1].at - server.seen[0].at >= 0.99
    assert client.rate_limited == 0


@in_loop
async def test_a_limit_with_something_left_pauses_nothing() -> None:
    headers = {"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "3600", "X-RateLimit-Rps-Remaining": "0"}
    async with serving(script(Reply(b"1", headers=headers))) as server, client_of(server.url) as client:
        await client.send(Request(), accept=anything)
        assert (await client.send(Request(), accept=anything)).attempts == 1


@in_loop
async def test_a_dead_key_is_not_asked_again() -> None:
    headers = {"x-ratelimit-limit-second": "0", "x-ratelimit-limit-month": "0"}
    async with serving(script(Reply(HTML, 429, headers))) as server, client_of(server.url) as client:
        failed = await fails(client)
    assert failed.attempts == 1
    assert "no longer valid" in failed.reason


@in_loop
async def test_no_more_requests_are_in_flight_than_allowed() -> None:
    slow = Reply(b"1", delay_seconds=0.02)
    async with serving(script(slow)) as server, client_of(server.url, concurrency=3) as client:
        await asyncio.gather(*(client.send(Request(), accept=anything) for _ in range(12)))
    assert server.most_open == 3


# --- keys and addresses -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "headers", "query"),
    [
        (Key("bearer"), {"authorization": f"Bearer {SECRET}"}, []),
        (Key("header", "X-Api-Key"), {"x-api-key": SECRET}, []),
        (Key("query", "apikey"), {}, [("apikey", SECRET)]),
    ],
    ids=lambda value: value.kind if isinstance(value, Key) else "",
)
@in_loop
async def test_a_key_goes_where_it_belongs_and_shows_nowhere(
    caplog: pytest.LogCaptureFixture, key: Key, headers: dict[str, str], query: list[tuple[str, str]]
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection"):
        caplog.set_level(logging.DEBUG, logger=name)
    request = Request(path="/fees", params={"epoch": 7})
    async with serving(script(Reply(b"no", 403))) as server, client_of(server.url, credential=key) as client:
        failed = await fails(client, request)
        shown = [repr(client), str(failed), repr(failed), repr(request), repr(failed.__cause__), caplog.text]
    seen = server.seen[0]
    assert headers.items() <= seen.headers.items()
    assert sorted(seen.query) == sorted([("epoch", "7"), *query])
    assert not [text for text in shown if SECRET in text]


@in_loop
async def test_a_key_shows_in_no_traceback_of_a_broken_connection() -> None:
    async with serving(script(Reply(cut_after=0))) as server, client_of(server.url, credential=Key("bearer")) as client:
        failed = await fails(client)
    chain: list[Any] = [failed]
    while chain[-1] is not None:
        assert not hasattr(chain[-1], "request")
        chain.append(chain[-1].__cause__ or chain[-1].__context__)


@pytest.mark.parametrize("value", ["", "two\nlines", "kéy"])
def test_a_key_no_header_can_carry_is_refused_without_being_shown(value: str) -> None:

    with pytest.raises(ProviderError) as caught:
        client_of("http://127.0.0.1:1", credential=Key("bearer", value=SecretStr(value)))
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize("url", ["ftp://host", "host/path", "", "http://"])
def test_a_base_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ProviderError, match=r"alpha.*base URL"):
        client_of(url)


@pytest.mark.parametrize(
    ("base", "path", "expected", "query"),
    [
        ("", "", "/", []),
        ("/api/v1", "validators", "/api/v1/validators", []),
        ("/api/v1/", "/validators", "/api/v1/validators", []),
        ("/v2/path-key", "", "/v2/path-key", []),
        ("/v2?api-key=1", "a", "/v2/a", [("api-key", "1")]),
    ],
)
@in_loop
async def test_paths_are_below_the_base_url(base: str, path: str, expected: str, query: list[tuple[str, str]]) -> None:
    async with serving(script(GOOD)) as server, client_of(server.url + base) as client:
        await client.send(Request(path=path), accept=anything)
    assert (server.seen[0].path, server.seen[0].query) == (expected, query)


@in_loop
async def test_parameters_repeat_and_bodies_are_canonical() -> None:
    request = Request("POST", "/x", params={"id": [1, 2], "all": True}, json_body={"b": 1, "a": ["é"]})
    async with serving(script(GOOD)) as server, client_of(server.url) as client:
        await client.send(request, accept=anything)
    assert server.seen[0].query == [("id", "1"), ("id", "2"), ("all", "true")]
    assert server.seen[0].body == '{"a":["é"],"b":1}'.encode()
    assert server.seen[0].headers["content-type"] == "application/json"


@in_loop
async def test_user_and_password_of_an_address_are_sent_and_not_shown() -> None:
    refuse = serving(script(Reply(b"no", 401)))
    async with refuse as server, client_of(server.url.replace("//", "//me:hunter22@")) as client:
        failed = await fails(client)
    assert server.seen[0].headers["authorization"].startswith("Basic ")
    assert "hunter22" not in str(failed) + repr(client)


@pytest.mark.parametrize("limit", [{"requests_per_second": 0}, {"burst": 0}, {"concurrency": 0}, {"attempts": 0}])
def test_limits_that_let_nothing_through_are_refused(limit: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(limit))):
        client_of("http://127.0.0.1:1", **limit)
