"""Single calls and batches: every call gets one outcome, its own characters, and no other call's trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import pytest

from loaders.http import NotAcceptable, ProviderClient
from loaders.json_body import parse_json
from loaders.json_rpc import JsonRpcClient, RpcAnswer, RpcCall, RpcCallFailed, RpcFailure, rpc_id
from tests.loaders.http.clients import SECRET, Key, client_of
from tests.loaders.http.rpc_node import Node, error, right, slot
from tests.loaders.http.server import Reply, Seen, in_loop, serving

NO_BLOCK = frozenset({-32007, -32009})
Outcomes = dict[int, RpcAnswer | RpcFailure]


def block(number: int) -> RpcCall:
    return RpcCall("getBlock", [number, {"rewards": True}])


def has_fee(call: RpcCall, result: object) -> None:
    if not isinstance(result, dict) or "fee" not in result:
        raise NotAcceptable("lacks fee", retry=True)


async def ask(
    node: Node, slots: range | list[int], *, batch_size: int = 5, **options: Any
) -> tuple[Outcomes, ProviderClient]:
    limits = {name: options.pop(name) for name in ("attempts", "concurrency", "timeout_seconds") if name in options}
    async with serving(node) as server, client_of(server.url, **limits) as client:
        rpc = JsonRpcClient(client, batch_size=batch_size)
        outcomes: Outcomes = {}
        async for outcome in rpc.call_many(map(block, slots), accept_result=has_fee, **options):
            number = slot({"params": outcome.call.params})
            assert number not in outcomes
            outcomes[number] = outcome
    assert sorted(outcomes) == sorted(slots)
    return outcomes, client


def answered(outcomes: Outcomes) -> list[int]:
    """The slots answered, each checked to be its own."""
    for number, outcome in outcomes.items():
        if isinstance(outcome, RpcAnswer) and outcome.error is None:
            assert outcome.text == right({"params": [number], "id": rpc_id(block(number))})
            assert outcome.result == {"fee": int(f"9{number}00000000000000000001")}
            assert outcome.value["id"] == rpc_id(block(number))
            assert outcome.http_status == 200
            assert outcome.fetched_at.tzinfo is not None
    return sorted(number for number, outcome in outcomes.items() if isinstance(outcome, RpcAnswer))


def failed(outcome: RpcAnswer | RpcFailure) -> RpcFailure:
    assert isinstance(outcome, RpcFailure)
    return outcome


# --- the call itself --------------------------------------------------------------------------------------------


def test_an_id_is_a_function_of_the_call() -> None:
    one = RpcCall("getBlock", [7, {"rewards": True, "encoding": "json"}])
    same = RpcCall("getBlock", (7, {"encoding": "json", "rewards": True}))
    assert rpc_id(one) == rpc_id(same) == 431106055061768
    assert len({rpc_id(block(number)) for number in range(1000)}) == 1000
    assert all(0 <= rpc_id(block(number)) < 2**53 for number in range(1000))


@in_loop
async def test_the_same_call_is_the_same_bytes() -> None:
    node = Node()
    async with serving(node) as server, client_of(server.url) as client:
        rpc = JsonRpcClient(client)
        first = await rpc.call(block(7), accept_result=has_fee)
        again = await rpc.call(block(7), accept_result=has_fee)
    assert server.seen[0].body == server.seen[1].body
    assert first.body == again.body == right({"params": [7], "id": rpc_id(block(7))}).encode()


@in_loop
async def test_a_single_response_may_carry_another_id() -> None:
    node = Node(fault=lambda request: right({**request, "id": '"recorded"'}))
    async with serving(node) as server, client_of(server.url) as client:
        answer = await JsonRpcClient(client).call(block(7), accept_result=has_fee)
    assert answer.result == {"fee": 9700000000000000000001}


@in_loop
async def test_a_result_of_null_is_a_result() -> None:
    node = Node(fault=lambda _: '{"result": null, "error": null, "id": 1}')
    async with serving(node) as server, client_of(server.url) as client:
        answer = await JsonRpcClient(client).call(block(7), accept_result=lambda _, __: None)
    assert (answer.result, answer.error) == (None, None)


@pytest.mark.parametrize("batch_size", [1, 5])
@in_loop
async def test_a_final_code_fails_once_with_its_code_and_characters(batch_size: int) -> None:
    node = Node(fault=lambda request: error(request, -32602, "Invalid param") if slot(request) == 2 else None)
    outcomes, client = await ask(node, range(5), batch_size=batch_size)
    failure = failed(outcomes[2])
    assert answered(outcomes) == [0, 1, 3, 4]
    assert (failure.kind, failure.code, failure.message) == ("rpc_error", -32602, "Invalid param")
    assert failure.body == error({"id": rpc_id(block(2))}, -32602, "Invalid param").encode()
    assert failure.text == failure.body.decode()
    assert failure.reason == "alpha: POST / (getBlock): answered error -32602: Invalid param"
    assert client.retries == 0


@pytest.mark.parametrize("batch_size", [1, 5])
@in_loop
async def test_a_code_the_caller_names_is_an_answer(batch_size: int) -> None:
    node = Node(fault=lambda request: error(request, -32009, "Slot 2 was skipped") if slot(request) == 2 else None)
    outcomes, client = await ask(node, range(5), batch_size=batch_size, answers=NO_BLOCK)
    skipped = outcomes[2]
    assert answered(outcomes) == [0, 1, 2, 3, 4]
    assert isinstance(skipped, RpcAnswer)
    assert skipped.error is not None
    assert (skipped.error.code, skipped.error.message, skipped.result) == (-32009, "Slot 2 was skipped", None)
    assert client.retries == 0


@pytest.mark.parametrize("batch_size", [1, 5])
@in_loop
async def test_a_rate_limit_that_borrows_the_code_of_a_skipped_slot_is_no_answer(batch_size: int) -> None:
    limited = iter([True])

    def quicknode(request: dict[str, Any]) -> str | None:
        words = "50/second request limit reached - reduce calls per second or upgrade your account"
        return error(request, -32007, words) if slot(request) == 2 and next(limited, False) else None

    outcomes, client = await ask(Node(fault=quicknode), range(5), batch_size=batch_size, answers=NO_BLOCK)
    assert answered(outcomes) == [0, 1, 2, 3, 4]
    assert not [outcome for outcome in outcomes.values() if isinstance(outcome, RpcAnswer) and outcome.error]
    assert client.rate_limited == 1


@pytest.mark.parametrize("code", [-32004, -32005, -32014, -32016, -32017, -32019, -32429, 429])
@pytest.mark.parametrize("batch_size", [1, 5])
@in_loop
async def test_a_code_that_heals_is_asked_again_alone(code: int, batch_size: int) -> None:
    sick = iter([True, True])
    node = Node(fault=lambda request: error(request, code) if slot(request) == 2 and next(sick, False) else None)
    outcomes, client = await ask(node, range(5), batch_size=batch_size)
    assert answered(outcomes) == [0, 1, 2, 3, 4]
    assert client.retries == 2
    if batch_size > 1:
        assert node.batches == [[0, 1, 2, 3, 4], [2], [2]]
        assert node.singles == []


@pytest.mark.parametrize("batch_size", [1, 5])
@in_loop
async def test_a_code_that_never_heals_fails_after_all_attempts(batch_size: int) -> None:
    node = Node(fault=lambda request: error(request, -32005, "behind") if slot(request) == 2 else None)
    outcomes, _ = await ask(node, range(5), batch_size=batch_size, attempts=3)
    failure = failed(outcomes[2])
    assert answered(outcomes) == [0, 1, 3, 4]
    assert (failure.kind, failure.code, failure.attempts) == ("rpc_error", -32005, 3)
    assert failure.body == error({"id": rpc_id(block(2))}, -32005, "behind").encode()


@pytest.mark.parametrize("batch_size", [1, 5])
@in_loop
async def test_a_code_that_heals_only_later_fails_at_once_if_the_caller_says_so(batch_size: int) -> None:
    node = Node(fault=lambda request: error(request, -32017) if slot(request) == 2 else None)
    outcomes, client = await ask(node, range(5), batch_size=batch_size, no_retry=frozenset({-32017}))
    assert failed(outcomes[2]).code == -32017
    assert client.retries == 0


@in_loop
async def test_a_single_call_raises_its_failure() -> None:
    node = Node(fault=lambda request: error(request, -32011, "history is not available"))
    async with serving(node) as server, client_of(server.url) as client:
        with pytest.raises(RpcCallFailed) as caught:
            await JsonRpcClient(client, path="rpc").call(block(7), accept_result=has_fee)
    assert server.seen[0].path == "/rpc"
    assert (caught.value.kind, caught.value.failure.code, caught.value.attempts) == ("rpc_error", -32011, 1)


@in_loop
async def test_an_error_object_in_a_refused_response_keeps_its_code() -> None:
    node = Node(whole=lambda _, elements: Reply(elements[0].encode(), 400), singles_too=True)
    node.fault = lambda request: error(request, -32602, "Invalid param")
    outcomes, _ = await ask(node, [7], batch_size=1)
    failure = failed(outcomes[7])
    assert (failure.kind, failure.http_status, failure.code) == ("http_status", 400, -32602)


@pytest.mark.parametrize("batch_size", [1, 5])
@in_loop
async def test_a_key_that_the_node_repeats_is_not_shown(batch_size: int) -> None:
    node = Node(fault=lambda request: error(request, -32000, f"key {SECRET} is unknown"))
    async with serving(node) as server, client_of(server.url, credential=Key("header", "X-Key")) as client:
        rpc = JsonRpcClient(client, batch_size=batch_size)
        outcomes = [o async for o in rpc.call_many(map(block, range(5)), accept_result=has_fee)]
    assert [failed(outcome).message for outcome in outcomes] == ["key *** is unknown"] * 5
    assert SECRET not in repr(outcomes)


# --- batches ----------------------------------------------------------------------------------------------------


@in_loop
async def test_a_batch_answered_out_of_order_is_matched_by_id() -> None:
    node = Node(whole=lambda seen, elements: Reply(f"[{','.join(elements[::-1])}]".encode()))
    outcomes, client = await ask(node, range(23))
    assert answered(outcomes) == list(range(23))
    assert client.requests == 5
    assert node.singles == []


@in_loop
async def test_ids_that_come_back_as_text_are_matched() -> None:
    node = Node(fault=lambda request: right({**request, "id": f'"{request["id"]}"'}))
    async with serving(node) as server, client_of(server.url) as client:
        rpc = JsonRpcClient(client, batch_size=4)
        outcomes = [o async for o in rpc.call_many(map(block, range(4)), accept_result=has_fee)]
    assert [isinstance(outcome, RpcAnswer) for outcome in outcomes] == [True] * 4
    assert node.singles == []


@in_loop
async def test_an_element_is_cut_from_the_batch_to_the_character() -> None:
    strange = '{ "result" : {"fee": 1.10000000000000000000000001, "x": "é\\u00e9 \\\\ ] } ,"}\t, "id" : %d\n}'
    node = Node(fault=lambda request: strange % request["id"] if slot(request) == 2 else None)
    async with serving(node) as server, client_of(server.url) as client:
        rpc = JsonRpcClient(client, batch_size=5)
        outcomes = [o async for o in rpc.call_many(map(block, range(5)), accept_result=has_fee)]
    cut = next(outcome for outcome in outcomes if outcome.call == block(2))
    assert isinstance(cut, RpcAnswer)
    assert cut.text == strange % rpc_id(block(2))
    assert parse_json(cut.body) == cut.value


def lose(elements: list[str]) -> list[str]:
    return elements[:2] + elements[3:]


def double(elements: list[str]) -> list[str]:
    return [*elements, elements[2]]


def stranger(elements: list[str]) -> list[str]:
    return [*elements[:2], right({"params": [99], "id": 12345}), *elements[3:]]


def anonymous(elements: list[str]) -> list[str]:
    return [*elements[:2], '{"error": {"code": -32603, "message": "?"}, "id": null}', *elements[3:]]


def no_object(elements: list[str]) -> list[str]:
    return [*elements[:2], "null", '"text"', *elements[3:]]


def no_result(elements: list[str]) -> list[str]:
    return [*elements[:2], elements[2].replace("result", "rezult"), *elements[3:]]


def not_the_shape(elements: list[str]) -> list[str]:
    return [*elements[:2], elements[2].replace("fee", "free"), *elements[3:]]


@pytest.mark.parametrize("fault", [lose, double, stranger, anonymous, no_object, no_result, not_the_shape])
@in_loop
async def test_one_rotten_element_is_asked_again_singly_and_spoils_no_other(fault: Any) -> None:
    node = Node(whole=lambda _, elements: Reply(f"[{','.join(fault(elements))}]".encode()))
    outcomes, _ = await ask(node, range(5))
    assert answered(outcomes) == [0, 1, 2, 3, 4]
    assert node.batches == [[0, 1, 2, 3, 4]]
    assert node.singles == [2]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (lambda request: right(request).replace("fee", "free"), "not_the_shape"),
        (lambda request: right(request).replace("fee", "\\ud800"), "not_json"),
        (lambda request: right(request).replace("fee", 'a": NaN, "fee'), "not_json"),
    ],
    ids=["not the shape", "half a surrogate pair", "NaN"],
)
@in_loop
async def test_an_element_rotten_for_good_fails_alone_and_keeps_its_characters(fault: Any, kind: str) -> None:
    node = Node(fault=lambda request: fault(request) if slot(request) == 2 else None)
    outcomes, _ = await ask(node, range(10))
    failure = failed(outcomes[2])
    assert answered(outcomes) == [0, 1, 3, 4, 5, 6, 7, 8, 9]
    assert (failure.kind, failure.http_status) == (kind, 200)
    assert failure.body == fault({"params": [2], "id": rpc_id(block(2))}).encode()


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 414, 415, 501])
@in_loop
async def test_a_batch_refused_by_status_is_asked_singly_from_there_on(status: int) -> None:
    node = Node(whole=lambda _, __: Reply(b"<html>no batches</html>", status))
    outcomes, client = await ask(node, range(23), concurrency=1)
    assert answered(outcomes) == list(range(23))
    assert len(node.batches) == 1
    assert sorted(node.singles) == list(range(23))
    assert client.retries == 0


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid request"},"id":null}',
        b'{"jsonrpc":"2.0","result":{"fee":1},"id":1}',
        b'{"message": "batches are for paying users"}',
        b'"no"',
    ],
)
@in_loop
async def test_a_batch_answered_by_no_array_is_asked_singly_from_there_on(body: bytes) -> None:
    node = Node(whole=lambda _, __: Reply(body))
    outcomes, _ = await ask(node, range(23), concurrency=1)
    assert answered(outcomes) == list(range(23))
    assert len(node.batches) == 1


@in_loop
async def test_batches_refused_while_others_are_on_their_way_lose_nothing() -> None:
    node = Node(whole=lambda _, __: Reply(b"", 413, delay_seconds=0.02))
    outcomes, _ = await ask(node, range(200), concurrency=6)
    assert answered(outcomes) == list(range(200))
    assert len(node.batches) <= 6


@in_loop
async def test_a_node_that_is_behind_or_limits_rates_has_not_refused_batches() -> None:
    bodies = iter(
        [
            b'{"error":{"code":-32005,"message":"Node is behind by 90 slots"},"id":null}',
            b'{"error":{"code":-32429,"message":"max usage reached"},"id":null}',
        ]
    )

    def busy(_: Seen, __: list[str]) -> Reply | None:
        body = next(bodies, None)
        return Reply(body) if body else None

    node = Node(whole=busy)
    outcomes, client = await ask(node, range(5))
    assert answered(outcomes) == [0, 1, 2, 3, 4]
    assert len(node.batches) == 3
    assert node.singles == []
    assert client.rate_limited == 1


@pytest.mark.parametrize("broken", [Reply(cut_after=0), Reply(b"<html>", 502)], ids=["cut", "502"])
@in_loop
async def test_a_server_that_breaks_on_batches_is_asked_singly(broken: Reply) -> None:
    node = Node(whole=lambda _, __: broken)
    outcomes, _ = await ask(node, range(20), concurrency=1, attempts=2)
    assert answered(outcomes) == list(range(20))
    assert len(node.batches) == 2


@in_loop
async def test_a_server_that_is_down_costs_one_call_more_a_batch() -> None:
    node = Node(whole=lambda _, __: Reply(b"<html>down</html>", 503), singles_too=True)
    outcomes, client = await ask(node, range(10), concurrency=1, attempts=2)
    assert answered(outcomes) == []
    assert {failed(outcome).kind for outcome in outcomes.values()} == {"http_status"}
    assert {failed(outcome).body for outcome in outcomes.values()} == {b"<html>down</html>"}
    assert client.requests == 8


@in_loop
async def test_a_truncated_batch_is_asked_again() -> None:
    cuts = iter([True, True])

    def cut(_: Seen, elements: list[str]) -> Reply | None:
        return Reply(f"[{','.join(elements)}"[:-30].encode()) if next(cuts, False) else None

    node = Node(whole=cut)
    outcomes, client = await ask(node, range(5))
    assert answered(outcomes) == [0, 1, 2, 3, 4]
    assert (client.retries, node.singles) == (2, [])


@in_loop
async def test_a_429_with_a_page_is_waited_out() -> None:
    limits = iter([True])
    node = Node(whole=lambda _, __: Reply(b"<html>", 429) if next(limits, False) else None)
    outcomes, client = await ask(node, range(5))
    assert answered(outcomes) == [0, 1, 2, 3, 4]
    assert (client.rate_limited, node.singles) == (1, [])


@in_loop
async def test_equal_calls_each_get_their_outcome() -> None:
    async with serving(Node()) as server, client_of(server.url) as client:
        rpc = JsonRpcClient(client, batch_size=4)
        calls = [block(1), block(2), block(1), RpcCall("getBlock", (1, {"rewards": True}))]
        outcomes = [o async for o in rpc.call_many(calls, accept_result=has_fee)]
    assert [outcome.call for outcome in outcomes] == calls
    assert all(isinstance(outcome, RpcAnswer) for outcome in outcomes)


@in_loop
async def test_a_batch_weighs_as_many_calls_as_it_holds() -> None:
    node = Node()
    async with serving(node) as server, client_of(server.url, requests_per_second=100, burst=20) as client:
        rpc = JsonRpcClient(client, batch_size=20)
        async for _ in rpc.call_many(map(block, range(60)), accept_result=has_fee):
            pass
    at = [seen.at for seen in server.seen]
    assert len(at) == 3
    assert at[2] - at[0] >= 0.4


# --- streams ----------------------------------------------------------------------------------------------------


@in_loop
async def test_calls_are_drawn_as_answers_are_taken() -> None:
    drawn = 0

    def endless() -> Iterator[RpcCall]:
        nonlocal drawn
        while True:
            drawn += 1
            yield block(drawn)

    taken = 0
    async with serving(Node()) as server, client_of(server.url, concurrency=2) as client:
        rpc = JsonRpcClient(client, batch_size=5)
        async with aclosing(rpc.call_many(endless(), accept_result=has_fee)) as outcomes:
            async for _ in outcomes:
                taken += 1
                await asyncio.sleep(0.001)
                assert drawn - taken <= 5 * (2 + 2 + 1)
                if taken == 200:
                    break
        running = asyncio.all_tasks() - {asyncio.current_task()}
        assert not [task for task in running if "_work" in repr(task)]


@in_loop
async def test_a_fault_of_the_callers_own_code_reaches_the_caller() -> None:
    def broken(call: RpcCall, result: object) -> None:
        raise ZeroDivisionError

    async with serving(Node()) as server, client_of(server.url) as client:
        rpc = JsonRpcClient(client, batch_size=5)
        with pytest.raises(ZeroDivisionError):
            async for _ in rpc.call_many(map(block, range(50)), accept_result=broken):
                pass


@in_loop
async def test_no_calls_no_outcomes() -> None:
    outcomes, client = await ask(Node(), [])
    assert (outcomes, client.requests) == ({}, 0)


def test_a_batch_size_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="batch_size"):
        JsonRpcClient(client_of("http://127.0.0.1:1"), batch_size=0)
