"""The ledger's truth is what anybody finds who reads the providers' answers carefully, to the lamport."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from aurora.sandbox import SandboxError, SandboxServer
from aurora.sandbox.solana.ledger import largest_remainder
from aurora.sandbox.solana.world import split_commission, split_tips

from .conftest import Ask

EPOCHS = (840, 841, 842, 843, 844)


def fees_by_vote(server: SandboxServer, result: Ask, block: Ask, epoch: int) -> dict[str, int]:
    """Fees as an observer adds them up: schedule, identities of the epoch before, blocks."""
    here = (server.clock.epoch, server.clock.slot_index)
    schedule = result("getLeaderSchedule", epoch * 432)
    listed = result("getBlocks", epoch * 432, epoch * 432 + 431)
    earned = {slot: sum(r["lamports"] for r in block(slot)["rewards"] if r["rewardType"] == "Fee") for slot in listed}
    server.clock.move_to(epoch - 1)
    owners = {row["nodePubkey"]: row["votePubkey"] for row in result("getVoteAccounts")["current"]}
    server.clock.move_to(here[0], slot_index=here[1])
    fees: dict[str, int] = defaultdict(int)
    for identity, indexes in schedule.items():
        fees[owners[identity]] += sum(earned.get(epoch * 432 + index, 0) for index in indexes)
    return fees


@pytest.mark.parametrize("epoch", EPOCHS)
def test_fees_are_the_fee_entries_of_the_leader_s_blocks(
    server: SandboxServer, result: Ask, block: Ask, epoch: int
) -> None:
    fees = fees_by_vote(server, result, block, epoch)
    truth = server.ledger.epoch(epoch)
    assert {vote: row.exec_fees for vote, row in truth.items() if row.leader_slots} == fees
    assert all(row.exec_fees == 0 for row in truth.values() if not row.leader_slots)


@pytest.mark.parametrize("epoch", EPOCHS)
def test_tips_and_their_split_are_jito_s(server: SandboxServer, jito: Ask, epoch: int) -> None:
    rows = {r["vote_account"]: r for r in jito("validator_rewards", epoch=epoch, limit=10_000).json()["rewards"]}
    paid = {
        row["claimant"]: row["amount"]
        for row in jito("staker_rewards", epoch=epoch, limit=10_000).json()["rewards"]
        if row["claimant"] == row["validator_vote_account"]
    }
    for vote, truth in server.ledger.epoch(epoch).items():
        assert truth.gross_tips == truth.protocol_fee + truth.mev_tips + truth.stakers_tips
        if vote not in rows:
            assert truth.gross_tips == truth.priority_fees_shared == 0
            continue
        gross, bps = rows[vote]["mev_revenue"], rows[vote]["mev_commission"]
        protocol = gross * 300 // 10_000
        assert (truth.gross_tips, truth.mev_commission_bps) == (gross, bps)
        assert truth.protocol_fee == protocol
        assert truth.mev_tips == min(gross * bps // 10_000, gross - protocol) == paid[vote]
        assert truth.priority_fees_shared == rows[vote]["priority_fee_revenue"]


@pytest.mark.parametrize("epoch", EPOCHS)
def test_commission_and_own_rewards_are_the_observed_inflation_rewards(
    server: SandboxServer, result: Ask, epoch: int
) -> None:
    for vote, truth in server.ledger.epoch(epoch).items():
        own = server.ledger.own_stake_accounts(vote)
        first, *others = result("getInflationReward", [vote, *own], {"epoch": epoch})
        assert truth.commission == (first["amount"] if first else 0)
        assert truth.vote_rewards == sum(entry["amount"] for entry in others if entry)


@pytest.mark.parametrize("epoch", EPOCHS)
def test_totals_are_the_sums_of_their_parts(server: SandboxServer, epoch: int) -> None:
    for truth in server.ledger.epoch(epoch).values():
        parts = (truth.exec_fees, truth.mev_tips, truth.vote_rewards, truth.commission, truth.other_income)
        assert truth.total_revenue == sum(parts)
        assert truth.total_cost == truth.priority_fees_shared < max(truth.exec_fees, 1)
        assert truth.net == truth.total_revenue - truth.total_cost
        assert truth.is_complete
        assert truth.is_finalized


@pytest.mark.parametrize("epoch", EPOCHS)
def test_stakers_shares_of_the_commission_and_their_stake_add_up(
    server: SandboxServer, result: Ask, epoch: int
) -> None:
    for vote, truth in server.ledger.epoch(epoch).items():
        stakers = server.ledger.stakers(epoch, vote)
        assert sum(s.commission for s in stakers.values()) == truth.commission
        assert sum(s.active_stake for s in stakers.values()) == truth.active_stake
        assert sum(s.rewards for s in stakers.values() if s.is_self_stake) == truth.vote_rewards
        answers = result("getInflationReward", list(stakers), {"epoch": epoch}) if stakers else []
        assert [s.rewards for s in stakers.values()] == [answer["amount"] if answer else 0 for answer in answers]


def test_at_full_commission_stakers_share_by_active_stake(server: SandboxServer, vote: Ask) -> None:
    stakers = server.ledger.stakers(844, vote("Four")).values()
    assert {s.rewards for s in stakers} == {0}
    biggest = max(stakers, key=lambda s: s.active_stake)
    assert biggest.commission == max(s.commission for s in stakers) > 0


def test_shares_lose_nothing_and_ties_go_by_byte_order() -> None:
    assert largest_remainder(2, {"b": 1, "B": 1, "a": 1}) == {"b": 0, "B": 1, "a": 1}
    assert largest_remainder(10**20 + 1, {"x": 2**53 + 1, "y": 1}) == {
        "x": (10**20 + 1) - 11102,
        "y": 11102,
    }
    assert largest_remainder(5, {"x": 0}) == {"x": 0}


def test_the_commission_split_is_the_chain_s(fixtures: Path) -> None:
    oracle = json.loads((fixtures / "solana/oracles/agave_commission_split_tower.json").read_text())
    for vector in oracle["vectors"]:
        expected = int(vector["validator_lamports"]), int(vector["staker_lamports"])
        got = split_commission(int(vector["reward_lamports"]), vector["commission_bps"])
        # Where a real split leaves a side nothing, the chain skips the whole.
        assert got == (expected if all(expected) or not vector["was_split"] else (0, 0))


def test_the_split_of_tips_is_the_tip_router_s(fixtures: Path) -> None:
    oracle = json.loads((fixtures / "solana/oracles/jito_tip_distribution_split.json").read_text())
    cases = [case for case in oracle["cases"] if case["kind"].startswith("mev_tips")]
    assert cases
    for case in cases:
        protocol, validator, _ = split_tips(
            case["total_tips"], commission_bps=case["validator_fee_bps"], protocol_bps=case["protocol_fee_bps"]
        )
        assert (protocol, validator) == (case["expected_protocol"], case["expected_validator"])


def test_bounds_are_the_block_times_of_first_blocks(server: SandboxServer, result: Ask, block: Ask) -> None:
    first, after = (result("getBlocksWithLimit", epoch * 432, 1)[0] for epoch in (844, 845))
    assert server.ledger.bounds(844) == (block(first)["blockTime"], block(after)["blockTime"])
    assert server.ledger.bounds(845)[1] is None
    with pytest.raises(SandboxError, match="846"):
        server.ledger.bounds(846)


def test_the_running_epoch_is_missing_what_nobody_can_know(server: SandboxServer, vote: Ask) -> None:
    running = server.ledger.validator(845, vote("One"))
    assert running.missing_data_types == ("FEES", "MEV", "REWARDS")
    assert (running.exec_fees, running.mev_tips, running.commission, running.net) == (None, None, None, None)
    assert not running.is_complete
    assert server.ledger.validator(845, vote("Six")).mev_tips == 0  # known not to run Jito
    assert server.ledger.validator(845, vote("Fourteen")).exec_fees == 0  # leads no slot


def test_an_unpublished_tree_and_a_payout_under_way_are_missing(server: SandboxServer, vote: Ask) -> None:
    server.clock.move_to(845, unpublished_trees=1, is_paying_out=True)
    truth = server.ledger.validator(844, vote("One"))
    assert truth.missing_data_types == ("MEV", "REWARDS")
    assert truth.commission is not None
    assert truth.vote_rewards is None
    assert not truth.is_finalized
    with pytest.raises(SandboxError, match="paid out"):
        server.ledger.stakers(844, vote("One"))


def test_fees_are_missing_where_the_schedule_is_forgotten(server: SandboxServer, vote: Ask) -> None:
    assert server.ledger.validator(820, vote("One")).missing_data_types == ("FEES",)


def test_a_changed_fee_changes_the_block_and_the_truth_and_back(server: SandboxServer, result: Ask, block: Ask) -> None:
    slot = result("getBlocksWithLimit", 844 * 432 + 100, 1)[0]
    before = server.ledger.epoch(844)
    fee = next(r["lamports"] for r in block(slot)["rewards"] if r["rewardType"] == "Fee")
    server.amendments.set_fee(slot, fee + 11)
    changed = server.ledger.epoch(844)
    assert next(r["lamports"] for r in block(slot)["rewards"] if r["rewardType"] == "Fee") == fee + 11
    assert sum(t.exec_fees for t in changed.values()) == sum(t.exec_fees for t in before.values()) + 11
    assert sum(t.net for t in changed.values()) == sum(t.net for t in before.values()) + 11
    server.amendments.revert()
    assert server.ledger.epoch(844) == before


def test_changed_tips_and_rewards_are_served_and_true(server: SandboxServer, result: Ask, jito: Ask, vote: Ask) -> None:
    own = server.ledger.own_stake_accounts(vote("One"))[0]
    before = server.ledger.validator(844, vote("One"))
    server.amendments.set_tips(844, vote("One"), mev_revenue=1_000_001, mev_commission_bps=5_000)
    server.amendments.set_reward(844, vote("One"), 77)
    server.amendments.set_reward(844, own, 5)
    row = jito("validator_rewards", epoch=844, vote_account=vote("One")).json()["rewards"][0]
    assert (row["mev_revenue"], row["mev_commission"]) == (1_000_001, 5_000)
    amounts = [entry["amount"] for entry in result("getInflationReward", [vote("One"), own], {"epoch": 844})]
    assert amounts == [77, 5]
    truth = server.ledger.validator(844, vote("One"))
    assert (truth.mev_tips, truth.protocol_fee, truth.commission) == (500_000, 30_000, 77)
    assert truth.vote_rewards < before.vote_rewards
    assert sum(s.commission for s in server.ledger.stakers(844, vote("One")).values()) == 77
    with pytest.raises(SandboxError, match="negative"):
        server.amendments.set_fee(1, -1)


def test_truth_cannot_be_asked_for_what_is_not_there(server: SandboxServer, vote: Ask) -> None:
    for epoch, who in ((840, vote("Nine")), (844, vote("Ten")), (846, vote("One")), (844, "nobody")):
        with pytest.raises(SandboxError):
            server.ledger.validator(epoch, who)


def test_what_happened_does_not_depend_on_when_it_is_asked(server: SandboxServer, block: Ask) -> None:
    def facts() -> Any:
        return server.ledger.epoch(843), block(843 * 432 + 30) if server.view.has_block(843 * 432 + 30) else None

    before = facts()
    server.clock.move_to(850)
    assert facts() == before
