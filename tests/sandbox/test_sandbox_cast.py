"""The demo world holds the special cases that money depends on."""

from __future__ import annotations

from typing import Any

from aurora.sandbox import SandboxServer

from .conftest import Ask


def entries(block: Any, kind: str) -> list[Any]:
    return [reward for reward in block["rewards"] if reward["rewardType"] == kind]


def blocks_of(result: Ask, block: Ask, epoch: int) -> dict[int, Any]:
    return {slot: block(slot) for slot in result("getBlocks", epoch * 432, epoch * 432 + 431)}


def identities(result: Ask) -> dict[str, str]:
    votes = result("getVoteAccounts", {"keepUnstakedDelinquents": True})
    return {row["votePubkey"]: row["nodePubkey"] for row in votes["current"] + votes["delinquent"]}


def test_the_first_block_pays_the_epoch_before_and_earns_for_the_new_one(result: Ask, block: Ask) -> None:
    for epoch, skipped in ((844, 0), (845, 3)):  # one begins with skipped slots
        first, second = result("getBlocksWithLimit", epoch * 432, 2)
        assert first == epoch * 432 + skipped
        boundary = block(first)
        assert boundary["numRewardPartitions"] == 1
        assert len(entries(boundary, "Voting")) >= 14
        assert len(entries(boundary, "Fee")) == 1
        assert not entries(boundary, "Staking")
        assert len(entries(block(second), "Staking")) > 100
        assert "numRewardPartitions" not in block(second)


def test_rewards_in_blocks_are_those_that_inflation_reward_gives(result: Ask, block: Ask) -> None:
    first, second = result("getBlocksWithLimit", 845 * 432, 2)
    for slot, kind in ((first, "Voting"), (second, "Staking")):
        paid = {reward["pubkey"]: reward for reward in entries(block(slot), kind)}
        answers = result("getInflationReward", list(paid), {"epoch": 844})
        assert [answer["effectiveSlot"] for answer in answers] == [slot] * len(paid)
        assert {a: (r["lamports"], r["postBalance"]) for a, r in paid.items()} == {
            address: (answer["amount"], answer["postBalance"]) for address, answer in zip(paid, answers, strict=True)
        }


def test_one_block_has_no_rewards_at_all(result: Ask, block: Ask) -> None:
    blocks = blocks_of(result, block, 844)
    assert [b["rewards"] for b in blocks.values()].count([]) == 1


def test_every_other_block_has_one_fee_of_its_leader_or_its_collector(
    server: SandboxServer, result: Ask, block: Ask
) -> None:
    schedule = result("getLeaderSchedule", 843 * 432)
    leaders = {843 * 432 + index: identity for identity, indexes in schedule.items() for index in indexes}
    strangers = set()
    for slot, found in blocks_of(result, block, 843).items():
        for fee in entries(found, "Fee"):
            assert fee["lamports"] > 0
            if fee["pubkey"] != leaders[slot]:
                strangers.add((leaders[slot], fee["pubkey"]))
    assert len(strangers) == 1  # one validator, one collector


def test_a_reward_of_an_unknown_type_and_a_negative_rent_are_in_one_epoch(result: Ask, block: Ask, vote: Ask) -> None:
    blocks = blocks_of(result, block, 843).values()
    unknown = [r for b in blocks for r in b["rewards"] if r["rewardType"] not in ("Fee", "Rent", "Voting", "Staking")]
    assert [reward["pubkey"] for reward in unknown] == [vote("One")]
    assert [reward["lamports"] < 0 for b in blocks for reward in entries(b, "Rent")] == [True]


def test_an_identity_changes_and_another_moves_between_vote_accounts(
    server: SandboxServer, result: Ask, vote: Ask
) -> None:
    seen = {}
    for epoch in (841, 842, 843):
        server.clock.move_to(epoch)
        seen[epoch] = identities(result)
    assert seen[842][vote("Two")] != seen[843][vote("Two")]
    assert seen[841][vote("Eleven")] == seen[842][vote("Twelve")]
    assert seen[842][vote("Eleven")] not in seen[841].values()


def test_the_schedule_speaks_of_the_identities_of_the_epoch_before(
    server: SandboxServer, result: Ask, vote: Ask
) -> None:
    server.clock.move_to(841)
    before = identities(result)
    server.clock.move_to(842)
    assert set(result("getLeaderSchedule", 842 * 432)) <= set(before.values())
    assert server.ledger.validator(841, vote("Eleven")).leader_slots > 0


def test_vote_accounts_appear_and_disappear(server: SandboxServer, result: Ask, vote: Ask) -> None:
    seen = {}
    for epoch in (840, 841, 843, 844):
        server.clock.move_to(epoch)
        seen[epoch] = set(identities(result))
    assert vote("Nine") not in seen[840]
    assert vote("Nine") in seen[841]
    assert vote("Ten") in seen[843]
    assert vote("Ten") not in seen[844]


def test_a_tracked_validator_is_delinquent_and_never_leads(server: SandboxServer, result: Ask, vote: Ask) -> None:
    assert [row["votePubkey"] for row in result("getVoteAccounts")["delinquent"]] == [vote("Fourteen")]
    assert server.ledger.validator(844, vote("Fourteen")).leader_slots == 0


def test_rates_come_in_percent_and_for_some_in_basis_points_alone(result: Ask, vote: Ask) -> None:
    percent, bps = result("getInflationReward", [vote("One"), vote("Eight")], {"epoch": 844})
    assert percent["commission"] == 5
    assert "commissionBps" not in percent
    assert (bps["commission"], bps["commissionBps"]) == (None, 750)


def test_commissions_of_nothing_and_everything_are_in_the_world(server: SandboxServer, vote: Ask) -> None:
    nothing, everything = server.ledger.validator(844, vote("Three")), server.ledger.validator(844, vote("Four"))
    assert (nothing.commission_bps, nothing.commission, nothing.mev_tips) == (0, 0, 0)
    assert nothing.gross_tips
    assert everything.commission_bps == everything.mev_commission_bps == 10_000
    assert everything.gross_tips == everything.mev_tips + everything.protocol_fee
    assert everything.vote_rewards == 0
    assert everything.commission > 0


def test_amounts_go_beyond_what_a_double_holds(server: SandboxServer, result: Ask, block: Ask, vote: Ask) -> None:
    whale = server.ledger.validator(842, vote("Five"))
    assert min(whale.exec_fees, whale.gross_tips, whale.active_stake) > 2**53
    biggest_fee = max(fee["lamports"] for b in blocks_of(result, block, 842).values() for fee in entries(b, "Fee"))
    for amount in (biggest_fee, whale.gross_tips):
        assert int(float(amount)) != amount


def test_one_validator_raises_its_commission_and_leaves_jito(server: SandboxServer, vote: Ask) -> None:
    before, after = (server.ledger.validator(epoch, vote("Thirteen")) for epoch in (842, 843))
    assert (before.commission_bps, after.commission_bps) == (500, 800)
    assert (before.mev_commission_bps, after.mev_commission_bps) == (1000, None)
    assert before.gross_tips > after.gross_tips == 0
