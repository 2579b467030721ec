"""Jito and Stakewiz of the sandbox answer as kobe and api.stakewiz.com do."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from aurora.sandbox import SandboxServer

from .conftest import Ask


def test_validator_rewards_page_without_losing_or_repeating(jito: Ask) -> None:
    whole = jito("validator_rewards", epoch=844, limit=10_000).json()
    pages = [jito("validator_rewards", epoch=844, limit=4, page=page).json() for page in range(1, 6)]
    assert [row for page in pages for row in page["rewards"]] == whole["rewards"]
    assert {page["total_count"] for page in pages} == {whole["total_count"]} == {len(whole["rewards"])}
    revenue = [row["mev_revenue"] for row in whole["rewards"]]
    assert revenue == sorted(revenue, reverse=True)
    assert jito("validator_rewards", epoch=844, limit=99, sort_order="asc").json()["rewards"][0] == whole["rewards"][-1]


def test_a_limit_above_ten_thousand_is_refused_with_kobe_s_words(jito: Ask) -> None:
    for endpoint in ("validator_rewards", "staker_rewards"):
        response = jito(endpoint, epoch=844, limit=10_001)
        assert response.status_code == 400
        assert response.json() == {"error": "Limit exceeds maximum allowed value of 10000"}


def test_the_tree_of_the_running_epoch_is_not_up_and_that_is_not_zero_tips(server: SandboxServer, jito: Ask) -> None:
    assert jito("validator_rewards", epoch=845).json() == {"rewards": [], "total_count": 0}
    assert {row["mev_rewards"] for row in jito("validators", {"epoch": 845}).json()["validators"]} == {0}
    server.clock.move_to(845, unpublished_trees=1)
    rows = jito("validator_rewards", epoch=844).json()["rewards"]
    assert rows
    assert {row["mev_revenue"] for row in rows} == {0}
    assert jito("staker_rewards", epoch=844).json()["rewards"] == []


def test_staker_rewards_count_only_when_all_three_filters_are_set(jito: Ask, vote: Ask) -> None:
    filters = {"epoch": 844, "validator_vote_account": vote("One")}
    rows = jito("staker_rewards", limit=10_000, **filters).json()
    assert rows["total_count"] == 0
    assert rows["rewards"]
    authority = rows["rewards"][0]["stake_authority"]
    counted = jito("staker_rewards", stake_authority=authority, **filters).json()
    assert counted["total_count"] == len(counted["rewards"]) > 0


def test_the_nodes_of_a_tree_never_pay_more_than_its_revenue(jito: Ask, vote: Ask) -> None:
    row = jito("validator_rewards", epoch=844, vote_account=vote("One")).json()["rewards"][0]
    nodes = jito("staker_rewards", epoch=844, validator_vote_account=vote("One"), limit=10_000).json()["rewards"]
    assert len(nodes) == row["num_stakers"]
    assert 0 <= row["mev_revenue"] - sum(node["amount"] for node in nodes) < len(nodes)
    fees = sum(node["priority_fee_amount"] or 0 for node in nodes)
    assert 0 <= row["priority_fee_revenue"] * 9_850 // 10_000 + 1 - fees < len(nodes) + 1


def test_claimants_are_the_stake_accounts_of_the_epoch(server: SandboxServer, jito: Ask, vote: Ask) -> None:
    nodes = jito("staker_rewards", epoch=844, validator_vote_account=vote("One"), limit=10_000).json()["rewards"]
    system = "11111111111111111111111111111111"
    stakers = {node["claimant"]: node["withdraw_authority"] for node in nodes if node["stake_authority"] != system}
    truth = server.ledger.stakers(844, vote("One"))
    assert stakers == {address: staker.withdrawer for address, staker in truth.items()}


def test_validators_lists_who_ran_jito_then_and_looks_back_by_one_epoch(jito: Ask, vote: Ask) -> None:
    def listed(epoch: int) -> dict[str, int]:
        rows = jito("validators", {"epoch": epoch}).json()["validators"]
        return {row["vote_account"]: row["mev_commission_bps"] for row in rows}

    assert vote("Six") not in listed(844)
    assert listed(843)[vote("Thirteen")] == 1000  # its row of 842
    assert vote("Thirteen") not in listed(844)
    assert (listed(843)[vote("One")], listed(844)[vote("One")]) == (800, 1000)


def test_a_body_on_get_is_dropped_as_on_the_real_host(server: SandboxServer, http: httpx.Client) -> None:
    url = server.urls["jito"] + "/validators"
    asked = http.request("GET", url, json={"epoch": 840}).json()
    assert asked == http.get(url).json() != http.post(url, json={"epoch": 840}).json()


def test_history_of_a_validator_is_newest_first(jito: Ask, vote: Ask) -> None:
    rows = jito(f"validators/{vote('One')}").json()
    assert [row["epoch"] for row in rows] == list(range(845, 799, -1))
    assert (rows[0]["mev_rewards"], rows[1]["mev_rewards"] > 0) == (0, True)


def test_network_rewards_have_the_recorded_shape_and_an_unknown_epoch_fails_with_an_empty_body(
    jito: Ask, fixtures: Path
) -> None:
    real = json.loads((fixtures / "solana/examples/kobe_mev_rewards.epoch950.json").read_text())
    ours = jito("mev_rewards", {"epoch": 844}).json()
    assert {name: type(value) for name, value in ours.items()} == {name: type(value) for name, value in real.items()}
    total = sum(row["mev_revenue"] for row in jito("validator_rewards", epoch=844, limit=10_000).json()["rewards"])
    assert ours["total_network_mev_lamports"] == total
    failed = jito("mev_rewards", {"epoch": 999})
    assert (failed.status_code, failed.json()["epoch"]) == (500, 0)


def test_unknown_paths_and_malformed_numbers_are_refused(jito: Ask) -> None:
    assert jito("nothing").status_code == 404
    assert jito("validator_rewards", epoch="x").status_code == 400
    assert jito("validators", [1]).status_code == 400


def test_stakewiz_shows_the_present_with_stake_as_a_float(
    server: SandboxServer, http: httpx.Client, vote: Ask, fixtures: Path
) -> None:
    rows = {row["vote_identity"]: row for row in http.get(server.urls["stakewiz"] + "/validators").json()}
    real = json.loads((fixtures / "solana/examples/stakewiz_validator.epoch574.json").read_text())
    one = rows[vote("One")]
    assert {type(one[name]) for name in ("activated_stake", "stake_weight")} == {float}
    assert (one["epoch"], one["is_jito"], one["jito_commission_bps"]) == (845, True, 1000)
    assert (rows[vote("Six")]["is_jito"], rows[vote("Six")]["jito_commission_bps"]) == (False, None)
    assert set(real) & set(one) >= {"identity", "commission", "skip_rate", "delinquent", "uptime", "version"}
    assert http.get(f"{server.urls['stakewiz']}/validator/{vote('One')}").json() == one
    assert http.get(server.urls["stakewiz"] + "/validator/nobody").status_code == 404
    assert http.get(server.urls["stakewiz"] + "/epoch_info").json()["epoch"] == 845
