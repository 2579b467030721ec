"""The simulated Ethereum chain: its balances, its payments and its truth hold together, as read through the APIs."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from aurora.sandbox import ETHEREUM_DEMO, ETHEREUM_MAINNET, EthereumNetwork, SandboxError, SandboxServer
from aurora.sandbox.ethereum.checksum import checksummed

from .conftest import Ask

DAYS = (20260101, 20260102, 20260103, 20260104)
GWEI = 10**9
DELIVERED = "/relay/v1/data/bidtraces/proposer_payload_delivered"


def slots_of(server: SandboxServer, day: int) -> range:
    return server.ethereum.world.calendar.slots(day)


def duty_income(node: Ask, server: SandboxServer, index: int, slots: range) -> int:
    """Gwei that the beacon node's rewards endpoints give a validator over whole epochs."""
    per_epoch, total = server.ethereum.scale.slots_per_epoch, 0
    for epoch in range(slots.start // per_epoch, slots.stop // per_epoch):
        for row in node(f"v1/beacon/rewards/attestations/{epoch}", [str(index)])["total_rewards"]:
            total += sum(int(row[part]) for part in ("head", "target", "source", "inactivity"))
        for duty in node(f"v1/validator/duties/proposer/{epoch}"):
            if duty["validator_index"] == str(index):
                total += int((node(f"v1/beacon/rewards/blocks/{duty['slot']}") or {"total": 0})["total"])
    for slot in slots:
        for row in node(f"v1/beacon/rewards/sync_committee/{slot}", [str(index)]) or ():
            total += int(row["reward"])
    return total


@pytest.mark.parametrize(("scale", "epochs"), [(ETHEREUM_DEMO, 18), (ETHEREUM_MAINNET, 225)])
def test_a_day_s_epochs_follow_from_slot_and_epoch_length(scale: Any, epochs: int) -> None:
    calendar = EthereumNetwork(scale, seed=1).world.calendar
    for day in (20251231, *DAYS):
        assert len(calendar.epochs(day)) == epochs
        first, last = calendar.slots(day)[0], calendar.slots(day)[-1]
        assert 0 <= calendar.time(first) - calendar.midnight(day) < scale.epoch_seconds
        assert (calendar.day_of_slot(first), calendar.day_of_slot(last)) == (day, day)


@pytest.mark.parametrize("role", ["seats", "leaver", "client"])
def test_the_ledger_s_income_by_duty_is_what_the_rewards_endpoints_add_up_to(
    server: SandboxServer, node: Ask, role: str
) -> None:
    one = server.ethereum.world.validators.of_role(role)
    truth = server.ethereum.ledger.day(20260102)[one.public_key]
    assert truth.consensus_income == duty_income(node, server, one.index, slots_of(server, 20260102)) * GWEI


def test_income_by_balances_agrees_with_duties_over_a_life_and_differs_by_a_day_s_edges(server: SandboxServer) -> None:
    server.ethereum.clock.move_to(20260108)
    world, ledger = server.ethereum.world, server.ethereum.ledger
    days = (*DAYS, 20260105, 20260106, 20260107)
    origin, pending = world.calendar.origin_day, world.calendar.epochs(days[-1])[-2:]
    for one in world.validators.tracked:
        rows = [ledger.day(day).get(one.public_key) for day in (origin, *days)]
        lived = [row for row in rows if row is not None]
        by_duty = sum(row.consensus_income or 0 for row in lived)
        by_balance = sum(row.balance_income or 0 for row in lived)
        unpaid = sum(reward.total for e in pending if (reward := world.rewards.attestation(one, e)) is not None)
        assert by_duty - by_balance == unpaid * GWEI, one.member
    daily = [row for day in DAYS for row in ledger.day(day).values()]
    assert any(row.consensus_income != row.balance_income for row in daily)


def test_balances_withdrawals_and_deposits_of_the_node_give_the_ledger_s_balance_income(
    server: SandboxServer, node: Ask
) -> None:
    slots = slots_of(server, 20260102)
    moved: dict[str, int] = {}
    keys = {one.public_key: str(one.index) for one in server.ethereum.world.validators.tracked}
    for slot in slots:
        body = (node(f"v2/beacon/blocks/{slot}") or {"message": {"body": None}})["message"]["body"]
        for row in body["execution_payload"]["withdrawals"] if body else ():
            moved[row["validator_index"]] = moved.get(row["validator_index"], 0) + int(row["amount"])
        for row in body["deposits"] if body else ():
            index = keys[row["data"]["pubkey"]]
            moved[index] = moved.get(index, 0) - int(row["data"]["amount"])
    start, end = (
        {row["index"]: int(row["balance"]) for row in node(f"v1/beacon/states/{slot}/validator_balances", [*keys])}
        for slot in (slots.start - 1, slots[-1])
    )
    for key, truth in server.ethereum.ledger.day(20260102).items():
        index = keys[key]
        assert truth.balance_income == (end[index] - start[index] + moved.get(index, 0)) * GWEI
    assert sum(truth.deposits for truth in server.ethereum.ledger.day(20260102).values()) > GWEI


def test_a_slashing_s_penalty_is_in_the_balance_and_in_no_reward(server: SandboxServer, node: Ask) -> None:
    one = server.ethereum.world.validators.of_role("slashed")
    slots = slots_of(server, 20260103)
    truth = server.ethereum.ledger.day(20260103)[one.public_key]
    penalty = 32 * 10**18 // 4096
    assert truth.slashing_penalty == penalty
    assert truth.consensus_income == duty_income(node, server, one.index, slots) * GWEI - penalty
    (row,) = node("v1/beacon/states/head/validators", {"ids": [one.public_key]})
    assert (row["status"], row["validator"]["slashed"]) == ("exited_slashed", True)
    slashing = int(row["validator"]["withdrawable_epoch"]) - 8192
    assert slashing in range(slots.start // 32, slots.stop // 32)
    after = node(f"v1/beacon/rewards/attestations/{slashing + 10}", [str(one.index)])["total_rewards"]
    assert int(after[0]["source"]) < 0


def test_the_leaver_s_stake_comes_back_once_and_its_seat_goes_on(server: SandboxServer) -> None:
    world = server.ethereum.world
    one = world.validators.of_role("leaver")
    out = [moved.gwei for moved in world.movements(one, "withdrawals", range(world.calendar.first_slot(20260105)))]
    full = next(place for place, gwei in enumerate(out) if gwei > 31 * GWEI)
    assert 0 < sum(out[full + 1 :]) < GWEI // 10
    later = server.ethereum.ledger.day(20260104)[one.public_key]
    assert later.consensus_income is not None
    assert later.consensus_income > 0


def test_what_blocks_paid_is_read_from_the_chain_alone_and_split_over_owners(
    server: SandboxServer, node: Ask, rpc: Ask, http: httpx.Client
) -> None:
    """The rules of COMMISSIONS.md once more, from nothing but answers over HTTP."""
    world = server.ethereum.world
    for day in DAYS:
        paid: dict[str, dict[str, int]] = {}
        for one in world.validators.tracked:
            own = {one.fee_recipient, one.withdrawal_address, *world.validators.operator_addresses}
            sums = {"FEES": 0, "MEV": 0}
            for slot in world.production(day).proposals.get(one.number, ()):
                block = node(f"v2/beacon/blocks/{slot}")
                if block is None:
                    continue
                payload = block["message"]["body"]["execution_payload"]
                number = hex(int(payload["block_number"]))
                shown, receipts = rpc("eth_getBlockByNumber", number, True), rpc("eth_getBlockReceipts", number)
                base = int(shown["baseFeePerGas"], 16)
                fees = sum((int(r["effectiveGasPrice"], 16) - base) * int(r["gasUsed"], 16) for r in receipts)
                assert int(shown["gasUsed"], 16) == sum(int(r["gasUsed"], 16) for r in receipts)
                rows = [
                    row
                    for url in server.relay_urls
                    for row in http.get(url + DELIVERED, params={"slot": slot}).json()
                    if row["block_hash"] == payload["block_hash"]
                ]
                last, miner = shown["transactions"][-1], shown["miner"]
                recipient = rows[0]["proposer_fee_recipient"].lower() if rows else None
                is_paid = last["from"] == miner and last["to"] in own
                if recipient == miner:
                    sums["FEES"] += fees
                    sums["MEV"] += max(int(rows[0]["value"]) - fees, 0)
                elif recipient is not None or (miner not in own and is_paid):
                    sums["MEV"] += int(last["value"], 16)
                else:
                    sums["FEES"] += fees
            paid[one.public_key] = sums
        for key, truth in server.ethereum.ledger.day(day).items():
            assert truth.gross_mev == paid[key]["MEV"]
            parts = (truth.exec_fees, truth.client_fees, truth.misdirected_fees)
            assert sum(part or 0 for part in parts) == paid[key]["FEES"]
            assert truth.gross_mev == sum((truth.mev_tips or 0, truth.stakers_mev or 0, truth.misdirected_mev or 0))


def test_every_member_of_the_cast_does_its_part_by_day_four(server: SandboxServer) -> None:
    world, ledger = server.ethereum.world, server.ethereum.ledger
    plans = {world.production(day).plan(s) for day in DAYS for s in slots_of(server, day)}
    assert {
        *("builder_low own", "builder_high own", "same own", "same_low own", "several own", "claim own", "late own"),
        *("undelivered own", "builder_high contract", "builder_low zero", "vanilla foreign", "trap foreign", "missed"),
        *("silent_high own", "vanilla operator", "builder_high operator", "silent_low own", "same operator"),
    } <= plans
    by_role = {one.member.role: one.public_key for one in world.validators.tracked if one.member is not None}
    truth = {day: ledger.day(day) for day in DAYS}
    owners = [truth[day][by_role["handover"]].owner for day in DAYS]
    assert owners == ["OPERATOR", "OPERATOR", "CLIENT", "CLIENT"]
    assert by_role["newcomer"] not in truth[20260101]
    assert by_role["newcomer"] in truth[20260102]
    assert all((truth[day][by_role["offline"]].consensus_income or 0) < 0 for day in DAYS)
    client = truth[20260103][by_role["client"]]
    assert client.vote_rewards == 0
    assert client.consensus_income is not None
    assert 0 < (client.commission or 0) - client.consensus_income // 10 < (client.stakers_mev or 0)
    recipients = {payment.recipient for day in DAYS for payment in ledger.misdirected(day)}
    assert "0x" + "0" * 40 in recipients
    assert {payment.component for payment in ledger.misdirected(20260102)} == {"FEES", "MEV"}


def test_a_day_that_is_not_over_is_unknown_and_one_is_final_two_epochs_later(server: SandboxServer) -> None:
    clock, ledger = server.ethereum.clock, server.ethereum.ledger
    running = next(iter(ledger.day(20260105).values()))
    assert (running.net, running.is_complete, running.missing_data_types) == (None, False, ("FEES", "MEV", "REWARDS"))
    seen = {}
    for slot_index in (31, 32, 95, 96):
        clock.move_to(20260106, slot_index=slot_index)
        row = next(iter(ledger.day(20260105).values()))
        seen[slot_index] = (row.is_complete, row.is_finalized)
    assert seen == {31: (False, False), 32: (True, False), 95: (True, False), 96: (True, True)}
    with pytest.raises(SandboxError, match="20260107"):
        ledger.day(20260107)


def test_amendments_change_answers_and_truth_and_are_reverted(server: SandboxServer, rpc: Ask, node: Ask) -> None:
    network = server.ethereum
    vanilla = network.world.validators.of_role("vanilla")
    day, key = 20260102, vanilla.public_key
    before = network.ledger.day(day)[key]
    production = network.world.production(day)
    slot = next(s for s in production.proposals[vanilla.number] if production.plan(s) == "vanilla own")
    number = hex(production.number_of[slot])
    gas = int(rpc("eth_getBlockReceipts", number)[0]["gasUsed"], 16)
    network.amendments.set_gas_price(slot, 1_000)
    assert (network.ledger.day(day)[key].exec_fees or 0) == (before.exec_fees or 0) + 1_000 * gas
    epoch = network.world.calendar.epochs(day)[3]
    network.amendments.set_reward(epoch, key, -5)
    (row,) = node(f"v1/beacon/rewards/attestations/{epoch}", [key])["total_rewards"]
    assert sum(int(row[part]) for part in ("head", "target", "source", "inactivity")) == -5
    changed = network.ledger.day(day)[key]
    assert changed.consensus_income != before.consensus_income
    assert changed.balance_income != before.balance_income
    network.amendments.revert()
    assert network.ledger.day(day)[key] == before


def test_checksummed_addresses_are_eip_55_s() -> None:
    for address in ("0x95222290DD7278Aa3Ddd389Cc1E1d165CC4BAfe5", "0x9d4C3166c59412CEdBe7d901f5fDe41903a1d6Fc"):
        assert checksummed(address.lower()) == address
