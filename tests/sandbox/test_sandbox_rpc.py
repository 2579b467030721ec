"""The Solana node of the sandbox speaks as the real one was recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aurora.sandbox import SandboxServer
from aurora.sandbox.keys import base58, unbase58

from .conftest import Ask

REWARD_KEYS = {"commission", "lamports", "postBalance", "pubkey", "rewardType"}


def recorded(fixtures: Path, name: str) -> Any:
    return json.loads((fixtures / "solana" / name).read_text())["result"]


def kinds(value: Any) -> Any:
    """The shape of a value: names and types, of a list its first element."""
    if isinstance(value, dict):
        return {name: kinds(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [kinds(value[0])] if value else []
    return type(value)


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("getEpochInfo", "rpc/getEpochInfo.epoch837.json"),
        ("getEpochSchedule", "rpc/getEpochSchedule.json"),
        ("getInflationRate", "rpc/getInflationRate.epoch837.json"),
    ],
)
def test_plain_answers_have_the_recorded_names_and_types(result: Ask, fixtures: Path, method: str, name: str) -> None:
    assert kinds(result(method)) == kinds(recorded(fixtures, name))


def test_a_block_has_the_recorded_names_and_types(result: Ask, block: Ask, fixtures: Path) -> None:
    slot = result("getBlocks", 844 * 432 + 200, 844 * 432 + 220)[0]
    assert kinds(block(slot)) == kinds(recorded(fixtures, "rpc/getBlock.slot361774429.transactionDetails_none.json"))


def test_vote_accounts_have_the_recorded_names_and_types(result: Ask, fixtures: Path) -> None:
    pairs = json.loads((fixtures / "solana/rpc/recorded_inflation_and_vote_pairs.json").read_text())
    real = next(p for p in pairs if p["request"]["method"] == "getVoteAccounts")["response"]["result"]
    ours = result("getVoteAccounts")
    assert kinds(ours["current"][0]) == kinds(real["current"][0])
    assert set(ours) == set(real)


def test_inflation_rewards_have_the_recorded_names_and_types(result: Ask, vote: Ask, fixtures: Path) -> None:
    real = recorded(fixtures, "rpc/getInflationReward.epoch836.unknown_vote.json")
    assert kinds(result("getInflationReward", [vote("One")], {"epoch": 844})) == kinds(real)


def test_keys_are_32_bytes_of_base58(server: SandboxServer, result: Ask) -> None:
    accounts = server.world.accounts
    keys = [*accounts.votes, *accounts.clients, *(accounts.address(n) for n in range(accounts.count))]
    assert {len(unbase58(key)) for key in keys} == {32}
    assert len(set(keys)) == len(keys)
    assert base58(bytes(32)) == "1" * 32
    with pytest.raises(ValueError, match="base58"):
        unbase58("0OIl")


def test_a_skipped_slot_is_an_error_and_not_listed(result: Ask, error_code: Ask) -> None:
    for epoch, code in ((844, -32007), (841, -32009)):
        slots = range(epoch * 432, epoch * 432 + 432)
        listed = set(result("getBlocks", slots[0], slots[-1]))
        skipped = [slot for slot in slots if slot not in listed]
        assert skipped
        assert {error_code("getBlock", slot, {"rewards": True}) for slot in skipped} == {code}


def test_blocks_end_at_the_head(server: SandboxServer, result: Ask, error_code: Ask) -> None:
    head = server.clock.head_slot
    assert max(result("getBlocks", 845 * 432, 845 * 432 + 431)) <= head
    assert error_code("getBlock", head + 1) == -32004
    assert result("getBlocks", head + 1, head + 5) == []


def test_blocks_older_than_the_node_keeps_are_cleaned_up(error_code: Ask) -> None:
    assert error_code("getBlock", 800 * 432 - 1) == -32001


def test_a_range_that_is_too_large_is_refused_with_the_recorded_words(call: Ask, fixtures: Path) -> None:
    real = json.loads((fixtures / "solana/examples/error_getBlocks_range_-32602.json").read_text())
    assert call("getBlocks", 1, 600_002)["error"] == real["error"]


def test_blocks_chain_by_parent_hash_and_time(result: Ask, block: Ask) -> None:
    slots = result("getBlocksWithLimit", 844 * 432 - 3, 8)
    blocks = [block(slot) for slot in slots]
    for before, after, slot in zip(blocks, blocks[1:], slots, strict=False):
        assert after["parentSlot"] == slot
        assert after["previousBlockhash"] == before["blockhash"]
        assert after["blockTime"] > before["blockTime"]
        assert after["blockHeight"] > before["blockHeight"]


def test_block_time_is_the_block_s_own(result: Ask, block: Ask) -> None:
    slot = result("getBlocksWithLimit", 843 * 432, 1)[0]
    assert result("getBlockTime", slot) == block(slot)["blockTime"]


def test_the_leader_schedule_is_asked_by_slot_and_covers_the_epoch(server: SandboxServer, result: Ask) -> None:
    schedule = result("getLeaderSchedule", 844 * 432 + 17)
    assert sorted(index for indexes in schedule.values() for index in indexes) == list(range(432))
    identity = next(iter(schedule))
    assert result("getLeaderSchedule", 844 * 432, {"identity": identity}) == {identity: schedule[identity]}
    assert result("getLeaderSchedule", None, {"identity": "x"}) == {}


def test_the_leader_schedule_is_known_for_the_next_epoch_and_not_for_the_one_after_or_long_ago(result: Ask) -> None:
    assert result("getLeaderSchedule", 846 * 432)
    assert result("getLeaderSchedule", 847 * 432) is None
    assert result("getLeaderSchedule", 845) is None  # an epoch where a slot belongs


def test_block_production_counts_as_the_schedule_and_the_blocks_say(result: Ask) -> None:
    span = {"firstSlot": 844 * 432, "lastSlot": 844 * 432 + 431}
    value = result("getBlockProduction", {"range": span})["value"]
    assert value["range"] == span
    schedule, listed = result("getLeaderSchedule", 844 * 432), set(result("getBlocks", *span.values()))
    expected = {
        identity: [len(indexes), sum(844 * 432 + index in listed for index in indexes)]
        for identity, indexes in schedule.items()
    }
    assert value["byIdentity"] == expected


def test_a_batch_is_answered_call_by_call_with_its_ids(post: Ask) -> None:
    calls = [
        {"jsonrpc": "2.0", "id": "a", "method": "getHealth"},
        {"jsonrpc": "2.0", "id": 2, "method": "getNothing", "params": []},
        {"jsonrpc": "2.0", "id": 3, "method": "getVersion", "params": []},
    ]
    first, second, third = post(calls).json()
    assert first == {"jsonrpc": "2.0", "result": "ok", "id": "a"}
    assert (second["error"]["code"], second["id"]) == (-32601, 2)
    assert third["result"]["solana-core"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"[1]", b'"x"'])
def test_nonsense_is_an_error_of_http_200(server: SandboxServer, http: Any, body: bytes) -> None:
    response = http.post(server.urls["solana_rpc"], content=body)
    assert response.status_code == 200
    answer = response.json()
    assert (answer[0] if isinstance(answer, list) else answer)["error"]["code"] in (-32700, -32600)


def test_inflation_rewards_before_the_boundary_block_are_not_available(
    server: SandboxServer, call: Ask, vote: Ask, fixtures: Path
) -> None:
    example = "solana/examples/error_block_not_available_-32004_before_payout_epoch1018.json"
    real = json.loads((fixtures / example).read_text())["error"]
    error = call("getInflationReward", [vote("One")], {"epoch": 845})["error"]
    assert error["code"] == real["code"]
    assert error["message"] == real["message"].replace("440208000", str(846 * 432))


def test_while_paying_out_vote_accounts_answer_and_stake_accounts_do_not(
    server: SandboxServer, call: Ask, vote: Ask
) -> None:
    server.clock.move_to(846, slot_index=0)  # the boundary block is there, the one that pays stakers is not
    stake = server.ledger.own_stake_accounts(vote("One"))[0]
    assert call("getInflationReward", [vote("One")], {"epoch": 845})["result"][0]["amount"] > 0
    error = call("getInflationReward", [vote("One"), stake], {"epoch": 845})["error"]
    assert error["code"] == -32017
    assert {"currentBlockHeight", "rewardsCompleteBlockHeight", "slot"} == set(error["data"])
    assert error["data"]["currentBlockHeight"] < error["data"]["rewardsCompleteBlockHeight"]
    server.clock.move_to(846, slot_index=20)
    assert call("getInflationReward", [stake], {"epoch": 845})["result"][0]["amount"] > 0
    server.clock.move_to(846, slot_index=20, is_paying_out=True)
    assert call("getInflationReward", [stake], {"epoch": 845})["error"]["code"] == -32017


def test_inflation_reward_refuses_too_many_and_malformed_addresses(error_code: Ask, vote: Ask) -> None:
    assert error_code("getInflationReward", [vote("One")] * 1_001, {"epoch": 844}) == -32602
    assert error_code("getInflationReward", ["stake_pubkey"], {"epoch": 844}) == -32602


def test_rewards_are_null_without_rewarded_stake_and_zero_at_zero_commission(
    server: SandboxServer, result: Ask, vote: Ask
) -> None:
    accounts = server.world.accounts
    dust = accounts.address(accounts.numbers_of(accounts.index_of_vote[vote("One")])[-1])
    stranger = accounts.clients[0]
    entries = result("getInflationReward", [vote("Three"), dust, stranger, vote("Ten")], {"epoch": 843})
    assert entries[0]["amount"] == 0
    assert entries[1:] == [None, None, None]


def test_reward_balances_are_above_the_rewards(server: SandboxServer, result: Ask) -> None:
    addresses = [server.world.accounts.address(n) for n in range(server.world.accounts.count)]
    entries = [entry for entry in result("getInflationReward", addresses, {"epoch": 844}) if entry]
    assert len(entries) > 100
    assert all(0 < entry["amount"] < entry["postBalance"] for entry in entries)


def test_program_accounts_are_those_of_the_vote_account(server: SandboxServer, result: Ask, vote: Ask) -> None:
    filters = [{"dataSize": 200}, {"memcmp": {"offset": 124, "bytes": vote("One"), "encoding": "base58"}}]
    program = "Stake11111111111111111111111111111111111111"
    found = result("getProgramAccounts", program, {"encoding": "jsonParsed", "filters": filters})
    for row in found:
        info = row["account"]["data"]["parsed"]["info"]
        delegation = info["stake"]["delegation"]
        assert delegation["voter"] == vote("One")
        assert all(isinstance(delegation[name], str) for name in ("stake", "activationEpoch", "deactivationEpoch"))
        assert {"staker", "withdrawer"} == set(info["meta"]["authorized"])
        assert row["account"]["owner"] == program
    active = sum(
        int(d["stake"])
        for d in (row["account"]["data"]["parsed"]["info"]["stake"]["delegation"] for row in found)
        if int(d["activationEpoch"]) < 845 <= int(d["deactivationEpoch"])
    )
    by_vote = {v["votePubkey"]: v for v in result("getVoteAccounts")["current"]}
    assert active == by_vote[vote("One")]["activatedStake"]


def test_program_accounts_by_withdrawer_are_a_client_s_at_several_validators(
    server: SandboxServer, result: Ask
) -> None:
    filters = [{"memcmp": {"offset": 44, "bytes": server.world.accounts.clients[0]}}]
    options = {"encoding": "jsonParsed", "filters": filters}
    found = result("getProgramAccounts", "Stake11111111111111111111111111111111111111", options)
    voters = {row["account"]["data"]["parsed"]["info"]["stake"]["delegation"]["voter"] for row in found}
    assert len(voters) > 3
