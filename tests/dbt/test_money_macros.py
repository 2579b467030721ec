"""The money macros against what other implementations and the chain itself say, and against the worked examples."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psycopg
import pytest

from tests.dbt.conftest import Macros, oracle

Vectors = dict[str, dict[str, Any]]


def test_tips_are_split_as_the_tip_router_splits_them(macros: Macros) -> None:
    cases = oracle("jito_tip_distribution_split")["cases"]
    gross = [case["total_tips"] for case in cases]
    protocol = macros.calculate("protocol_tips", gross, [case["protocol_fee_bps"] for case in cases])
    assert protocol == [case["expected_protocol"] for case in cases]
    assert len(cases) == 5

    tips = [case for case in cases if case["kind"].startswith("mev_tips")]
    columns = [[case[name] for case in tips] for name in ("total_tips", "validator_fee_bps", "protocol_fee_bps")]
    assert macros.calculate("validator_tips", *columns) == [case["expected_validator"] for case in tips]
    stakers = macros.calculate("staker_tips", *columns)
    for case, left in zip(tips, stakers, strict=True):
        for staker in case["stakers"]:
            share = int(left) * staker["lamports_delegated"] // case["total_delegated"]
            assert share == staker["expected_amount"]


def test_shared_priority_fees_leave_the_validator_nothing(macros: Macros) -> None:
    cases = [case for case in oracle("jito_tip_distribution_split")["cases"] if case["kind"] == "priority_fee"]
    assert cases
    assert macros.calculate("validator_tips", [case["total_tips"] for case in cases], 0, 150) == [
        case["expected_validator"] for case in cases
    ]


def test_inflation_is_split_as_the_validator_client_splits_it(macros: Macros) -> None:
    """Both sides are floored, and a stored rate above 10000 applies as 10000."""
    cases = oracle("agave_commission_split_tower")["vectors"]
    rewards = [case["reward_lamports"] for case in cases]
    rates = [case["commission_bps"] for case in cases]
    validator = macros.calculate("inflation_commission", rewards, rates)
    staker = macros.calculate("inflation_staker_share", rewards, rates)
    assert validator == [int(case["validator_lamports"]) for case in cases]
    assert staker == [int(case["staker_lamports"]) for case in cases]
    assert max(rates) == 65_535
    assert max(int(reward) for reward in rewards) == 2**64 - 1


def test_a_second_client_credits_the_same_commission(macros: Macros) -> None:
    document = oracle("firedancer_commission_bps")
    rates = [case["commission_bps_prev_epoch_used"] for case in document["vectors"]]
    found = macros.calculate("inflation_commission", [document["total_reward"]] * len(rates), rates)
    assert found == [case["expected_vote_balance"] - document["start_vote_balance"] for case in document["vectors"]]


def test_half_of_the_base_fees_is_burned_and_the_leader_gets_the_odd_lamport(macros: Macros) -> None:
    cases = [case for case in oracle("agave_block_fee_burn")["vectors"] if "collector_balance" not in case]
    base = [case["base_fee"] for case in cases]
    priority = [case["priority_fee"] for case in cases]
    assert macros.calculate("leader_block_fee", base, priority) == [case["expected_reward"] for case in cases]
    burned = [
        b + p - int(reward)
        for b, p, reward in zip(base, priority, macros.calculate("leader_block_fee", base, priority), strict=True)
    ]
    assert burned == [case["expected_burn"] for case in cases]
    assert macros.calculate("leader_block_fee", [5001], [0]) == [2501]


def test_the_transactions_of_a_mainnet_block_give_its_recorded_fee(macros: Macros) -> None:
    """Signatures that precompiles verify are billed as base fees too."""
    document = oracle("mainnet_block_fee_slot361774429")
    transactions = document["per_tx"]
    base = sum(5000 * (transaction["sigs"] + transaction["precompile_sigs"]) for transaction in transactions)
    priority = sum(transaction["fee"] for transaction in transactions) - base
    recorded = document["recorded_expected"]["rewards_entry"]["lamports"]
    assert macros.calculate("leader_block_fee", [base], [priority]) == [recorded] == [34_813_913]


def test_p02_tips_are_taken_on_the_gross(macros: Macros, vectors: Vectors) -> None:
    given, expected = vectors["P02"]["inputs"], vectors["P02"]["expected"]
    gross, rates = [given["gross_tips"]], ([given["mev_commission_bps"]], [given["protocol_fee_bps"]])
    assert macros.calculate("protocol_tips", gross, rates[1]) == [int(expected["protocol"])]
    assert macros.calculate("validator_tips", gross, *rates) == [int(expected["validator"])]
    [left] = macros.calculate("staker_tips", gross, *rates)
    stakes = {name: int(stake) for name, stake in given["active_stake"].items()}
    shares = {name: int(left) * stake // sum(stakes.values()) for name, stake in stakes.items()}
    assert shares == {name: int(share) for name, share in expected["staker_shares"].items()}
    assert int(left) - sum(shares.values()) == int(expected["dust"])


def test_p03_the_validator_gives_way_to_the_protocol(macros: Macros, vectors: Vectors) -> None:
    given, expected = vectors["P03"]["inputs"], vectors["P03"]["expected"]
    gross, rates = [given["gross_tips"]], ([given["mev_commission_bps"]], [given["protocol_fee_bps"]])
    assert macros.calculate("protocol_tips", gross, rates[1]) == [int(expected["protocol"])]
    assert macros.calculate("validator_tips", gross, *rates) == [int(expected["validator"])]
    assert macros.calculate("staker_tips", gross, *rates) == [int(expected["stakers"])]


def test_p04_of_shared_block_revenue_only_the_commission_is_the_validators(macros: Macros, vectors: Vectors) -> None:
    given, expected = vectors["P04"]["inputs"], vectors["P04"]["expected"]
    revenue = [given["block_revenue"]]
    found = macros.calculate("block_revenue_commission", revenue, [given["block_revenue_commission_bps"]])
    assert found == [int(expected["EXEC_FEES"])]
    delegators = int(expected["delegators_total"]) + int(expected["burned"])
    assert int(found[0]) + delegators == int(given["block_revenue"])
    assert macros.calculate("block_revenue_commission", revenue, [15_000]) == [int(given["block_revenue"])]


def test_p05_a_lamport_may_vanish_between_validator_and_staker(macros: Macros, vectors: Vectors) -> None:
    given, expected = vectors["P05"]["inputs"], vectors["P05"]["expected"]
    reward, rate = [given["reward"]], [given["commission_bps"]]
    [validator] = macros.calculate("inflation_commission", reward, rate)
    [staker] = macros.calculate("inflation_staker_share", reward, rate)
    assert (validator, staker) == (int(expected["COMMISSION"]), int(expected["stakers"]))
    assert int(given["reward"]) - validator - staker == int(expected["lost"])


def test_p07_wei_fit_in_whole_ether_and_not_as_they_are(macros: Macros, vectors: Vectors) -> None:
    given, expected = vectors["P07"]["inputs"], vectors["P07"]["expected"]
    assert macros.calculate("to_native", [given["stake_wei"]], 18) == [Decimal(expected["eth"])]
    with pytest.raises(psycopg.errors.NumericValueOutOfRange):
        macros.calculate("to_native", [given["stake_wei"]], 0)


@pytest.mark.parametrize("name", ["C08", "C09", "C10", "C13"])
def test_a_whole_is_broken_down_as_in_the_example(macros: Macros, vectors: Vectors, name: str) -> None:
    given, expected = vectors[name]["inputs"], vectors[name]["expected"]["detail"]
    parts = [(name, int(given["line_total"]), int(weight), key) for key, weight in given["weights"].items()]
    assert macros.share(parts) == {(name, key): int(share) for key, share in expected.items()}


def test_wholes_are_broken_down_side_by_side(macros: Macros, vectors: Vectors) -> None:
    """Partitions know nothing of each other."""
    names = ["C08", "C09", "C10", "C13"]
    parts = [
        (name, int(vectors[name]["inputs"]["line_total"]), int(weight), key)
        for name in names
        for key, weight in vectors[name]["inputs"]["weights"].items()
    ]
    assert macros.share(parts) == {
        (name, key): int(share) for name in names for key, share in vectors[name]["expected"]["detail"].items()
    }


def test_ties_go_to_the_least_key_in_byte_order(macros: Macros) -> None:
    keys = ["b", "B", "ä", "a", "10", "9"]
    found = macros.share([("whole", 3, 1, key) for key in keys])
    first_three = sorted(keys, key=str.encode)[:3]
    assert {key for (_, key), share in found.items() if share == 1} == set(first_three)


def test_a_body_becomes_json_unless_it_escapes_nul(macros: Macros) -> None:
    exact = '{"wei": 123456789012345678901234567890, "dec": 0.1234567890123456789}'
    nul, text_about_nul = r'{"name": "a\u0000b"}', r'{"name": "a\\u0000b"}'
    numbers, refused, kept = macros.calculate_text("as_jsonb", [exact, nul, text_about_nul])
    assert "123456789012345678901234567890" in numbers
    assert "0.1234567890123456789" in numbers
    assert refused is None
    assert kept == text_about_nul


def test_a_number_that_is_only_shown_stops_nothing(macros: Macros) -> None:
    texts = ["12.5", "-3e-2", "n/a", "", "Infinity", "1e999"]
    assert macros.calculate_text("shown_numeric", texts) == ["12.5", "-0.03", None, None, None, None]
