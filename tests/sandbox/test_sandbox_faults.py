"""The sandbox misbehaves exactly as told, and where it is told."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
import pytest

from aurora.sandbox import Fault, SandboxError, SandboxServer, parse_faults

from .conftest import Ask

HEALTH = {"jsonrpc": "2.0", "id": 1, "method": "getHealth"}
BATCH = [{**HEALTH, "id": number} for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("fault", "status", "retry_after", "kind"),
    [
        (Fault(kind="http_429"), 429, None, "application/json"),
        (Fault(kind="http_429", seconds=3), 429, "3", "application/json"),
        (Fault(kind="http_429", html=True), 429, None, "text/html"),
        (Fault(kind="http_500"), 500, None, "text/html"),
        (Fault(kind="http_503", seconds=1), 503, "1", "text/html"),
        (Fault(kind="http_403"), 403, None, "text/html"),
        (Fault(kind="html_200"), 200, None, "text/html"),
    ],
)
def test_http_failures(
    server: SandboxServer, post: Ask, fault: Fault, status: int, retry_after: str | None, kind: str
) -> None:
    server.faults.add(fault)
    response = post(HEALTH)
    assert (response.status_code, response.headers.get("retry-after")) == (status, retry_after)
    assert response.headers["content-type"] == kind
    assert response.text.startswith("<!DOCTYPE html>") == (kind == "text/html")


def test_jito_fails_with_the_empty_body_that_looks_like_no_rewards(server: SandboxServer, jito: Ask) -> None:
    server.faults.add(Fault(kind="http_500", provider="jito"))
    response = jito("validator_rewards", epoch=844)
    assert (response.status_code, response.json()) == (500, {"rewards": [], "total_count": 0})
    assert jito("validators", {"epoch": 844}).json() == {"validators": []}


def test_a_connection_is_cut_in_the_middle_of_the_body(server: SandboxServer, post: Ask) -> None:
    server.faults.add(Fault(kind="cut", count=1))
    with pytest.raises(httpx.RemoteProtocolError):
        post(HEALTH)
    assert post(HEALTH).json()["result"] == "ok"


def test_a_truncated_body_has_its_length_and_is_not_json(server: SandboxServer, post: Ask) -> None:
    whole = post(HEALTH).content
    server.faults.add(Fault(kind="truncated"))
    response = post(HEALTH)
    assert int(response.headers["content-length"]) == len(response.content) < len(whole)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        response.json()


def test_a_slow_answer_comes_after_the_client_has_given_up(server: SandboxServer, post: Ask) -> None:
    server.faults.add(Fault(kind="slow", seconds=5, count=1))
    with pytest.raises(httpx.ReadTimeout):
        post(HEALTH, timeout=0.05)
    assert post(HEALTH).status_code == 200


def test_long_bodies_are_compressed_for_who_accepts_it_and_are_the_same(
    server: SandboxServer, http: httpx.Client
) -> None:
    body = {**HEALTH, "method": "getVoteAccounts"}
    plain = http.post(server.urls["solana_rpc"], json=body, headers={"accept-encoding": "identity"})
    packed = http.post(server.urls["solana_rpc"], json=body)
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    server.faults.add(Fault(kind="gzip"))
    with http.stream("POST", server.urls["solana_rpc"], json=HEALTH, headers={"accept-encoding": "identity"}) as forced:
        assert json.loads(gzip.decompress(b"".join(forced.iter_raw())))["result"] == "ok"


def test_batches_are_refused_or_shuffled_and_single_calls_are_not(server: SandboxServer, post: Ask) -> None:
    server.faults.add(Fault(kind="batch_refused", count=1))
    assert post(HEALTH).json()["result"] == "ok"
    assert post(BATCH).json()["error"]["code"] == -32600
    server.faults.set([Fault(kind="batch_413", count=1), Fault(kind="batch_shuffled")])
    assert post(BATCH).status_code == 413
    assert [answer["id"] for answer in post(BATCH).json()] == [3, 2, 1]


def test_a_method_is_refused_within_a_batch_alone(server: SandboxServer, post: Ask) -> None:
    server.faults.add(Fault(kind="rpc_error", route="getVersion", code=-32010))
    answers = post([HEALTH, {**HEALTH, "id": 2, "method": "getVersion"}]).json()
    assert answers[0]["result"] == "ok"
    assert answers[1]["error"]["code"] == -32010


def test_a_slot_that_getblocks_lists_can_be_missing_to_getblock(server: SandboxServer, result: Ask, call: Ask) -> None:
    first, second = result("getBlocksWithLimit", 844 * 432 + 50, 2)
    server.faults.add(Fault(kind="rpc_error", route="getBlock", contains=str(first), code=-32007))
    assert call("getBlock", first)["error"]["code"] == -32007
    assert "result" in call("getBlock", second)


def test_wrong_answers_of_a_method(server: SandboxServer, result: Ask, block: Ask, vote: Ask) -> None:
    slot = result("getBlocksWithLimit", 844 * 432 + 50, 1)[0]
    good = block(slot)
    server.faults.set([Fault(kind="negative_fee", route="getBlock")])
    assert block(slot)["rewards"][0]["lamports"] == -good["rewards"][0]["lamports"]
    server.faults.set([Fault(kind="missing_rewards", route="getBlock")])
    assert set(good) - set(block(slot)) == {"rewards"}
    server.faults.set([Fault(kind="reward_like_balance", route="getInflationReward")])
    entry = result("getInflationReward", [vote("One")], {"epoch": 844})[0]
    assert entry["amount"] == entry["postBalance"]
    server.faults.clear()
    assert block(slot) == good


def test_a_provider_disagrees_repeats_a_row_or_sends_what_postgres_cannot_hold(
    server: SandboxServer, jito: Ask
) -> None:
    rows = jito("validator_rewards", epoch=844).json()["rewards"]
    server.faults.set([Fault(kind="disagrees", provider="jito")])
    assert jito("validator_rewards", epoch=844).json()["rewards"][0]["mev_revenue"] == rows[0]["mev_revenue"] + 1
    server.faults.set([Fault(kind="duplicated", provider="jito")])
    assert jito("validator_rewards", epoch=844).json()["rewards"] == [*rows, rows[0]]
    server.faults.set([Fault(kind="nul_escape", provider="jito")])
    assert "\\u0000" in jito("validator_rewards", epoch=844).text
    server.faults.set([Fault(kind="invalid_utf8", provider="jito")])
    with pytest.raises(UnicodeDecodeError):
        jito("validator_rewards", epoch=844).content.decode("utf-8")


def test_faults_strike_only_where_and_as_often_as_told(server: SandboxServer, post: Ask, jito: Ask) -> None:
    server.faults.add(Fault(kind="http_503", provider="solana_rpc", route="getHealth", skip=1, count=2))
    assert jito("validator_rewards", epoch=844).status_code == 200
    assert [post(HEALTH).status_code for _ in range(5)] == [200, 503, 503, 200, 200]
    assert post({**HEALTH, "method": "getVersion"}).status_code == 200


def test_the_same_requests_meet_the_same_faults_in_any_order(server: SandboxServer, call: Ask, post: Ask) -> None:
    def struck(numbers: Any) -> set[int]:
        server.faults.set([Fault(kind="http_429", probability=0.4)])
        body = {"jsonrpc": "2.0", "id": 1, "method": "getBlockTime"}
        return {number for number in numbers if post({**body, "params": [number]}).status_code == 429}

    forward = struck(range(60))
    assert struck(reversed(range(60))) == forward
    assert 10 < len(forward) < 40


def test_faults_are_read_from_the_command_line() -> None:
    text = "http_429:provider=jito,probability=0.5,seconds=2,html=yes; cut:route=getBlock,count=3"
    assert parse_faults(text) == [
        Fault(kind="http_429", provider="jito", probability=0.5, seconds=2, html=True),
        Fault(kind="cut", route="getBlock", count=3),
    ]
    assert parse_faults("") == []


@pytest.mark.parametrize("text", ["fire", "cut:when=now", "cut:count=many", "cut:probability=2"])
def test_faults_that_do_not_exist_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(SandboxError) as error:
        parse_faults(text)
    assert "\n" not in str(error.value)


def test_a_provider_keeps_its_limit() -> None:
    with SandboxServer(limits={"solana_rpc": 5}) as limited, httpx.Client() as client:
        responses = [client.post(limited.urls["solana_rpc"], json=HEALTH) for _ in range(8)]
    refused = [response for response in responses if response.status_code == 429]
    assert refused
    assert {response.headers["retry-after"] for response in refused} == {"1"}
    assert len(responses) - len(refused) >= 5
