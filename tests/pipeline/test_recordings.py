"""Real mainnet recordings, served over HTTP and carried through every layer to the canonical tables.

Bodies are the recorded bytes, from the shared fixtures; requests are Aurora's own. Where a load needs an answer that
nobody recorded (how far the chain is, who leads the one recorded block), the glue is written here, and looks it.
"""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from aurora.registry import Registry, read_registry
from aurora.sandbox import ReplayServer
from tests.shared_files import fixture_path
from tests.worlds import Warehouse, lamports

pytestmark = pytest.mark.slow

EPOCH = 837
BLOCK_SLOT = 361_774_429
SKIPPED_SLOT = BLOCK_SLOT + 1
HEAD_SLOT = 361_800_000
BLOCK_LEADER = "ChorusmmK7i1AxXeiTtQgQZhQNiXYU84ULeaYF1EH15n"
BLOCK_VOTE = "Chorus6Kis8tFHA7AowrPMcRJk3LbApHTYpgSNXzY5KE"
REWARDED = ["9GJmEHGom9eWo4np4L5vC6b6ri1Df2xN8KFoWixvD1Bs", "Gzof6d9Hm9b1g9TqrbqbVBSXAaf1GdxkhKRBmG9Da8y7"]
FINALIZED = {"commitment": "finalized"}
BLOCK = {
    "commitment": "finalized",
    "encoding": "json",
    "maxSupportedTransactionVersion": 0,
    "rewards": True,
    "transactionDetails": "none",
}


class Recordings:
    """A folder of recorded responses with its index, as `aurora sandbox replay` serves it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._entries: list[dict[str, Any]] = []

    def rpc(self, method: str, params: list[Any], body: str) -> None:
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self._add("POST", "/", json.dumps(request), body)

    def jito(self, path: str, params: dict[str, object], body: str) -> None:
        self._add("GET", f"/{path}?{urllib.parse.urlencode(params)}", None, body)

    def _add(self, method: str, path: str, request_body: str | None, body: str) -> None:
        name = f"{len(self._entries)}.json"
        (self._folder / name).write_text(body)
        self._entries.append(
            {
                "file": name,
                "method": method,
                "url": f"https://recorded.example{path}",
                "request_body": request_body,
                "status": 200,
                "content_type": "application/json",
            }
        )

    def write_index(self) -> None:
        (self._folder / "index.json").write_text(json.dumps(self._entries))


def _read(name: str) -> str:
    return fixture_path(f"solana/{name}").read_text()


def _cassette(name: str) -> str:
    [interaction] = yaml.safe_load(_read(name))["http_interactions"]
    return str(interaction["response"]["body"]["string"])


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplayServer]:
    folder = tmp_path_factory.mktemp("recordings")
    recordings = Recordings(folder)
    head = {"absoluteSlot": HEAD_SLOT, "epoch": EPOCH, "slotsInEpoch": 432000, "slotIndex": HEAD_SLOT - EPOCH * 432000}
    recordings.rpc("getEpochInfo", [FINALIZED], json.dumps({"jsonrpc": "2.0", "id": 1, "result": head}))
    recordings.rpc("getEpochSchedule", [], _read("rpc/getEpochSchedule.json"))
    recordings.rpc("getVoteAccounts", [FINALIZED], _read("rpc/getVoteAccounts.epoch837.json"))
    first = EPOCH * 432_000
    leaders = {BLOCK_LEADER: [BLOCK_SLOT - first, SKIPPED_SLOT - first]}
    recordings.rpc("getLeaderSchedule", [first, FINALIZED], json.dumps({"jsonrpc": "2.0", "id": 1, "result": leaders}))
    recordings.rpc("getLeaderSchedule", [first + 432_000, FINALIZED], _read("rpc/getLeaderSchedule.json"))
    recordings.rpc(
        "getBlocks", [first, HEAD_SLOT, FINALIZED], json.dumps({"jsonrpc": "2.0", "id": 1, "result": [BLOCK_SLOT]})
    )
    recordings.rpc("getBlock", [BLOCK_SLOT, BLOCK], _read("rpc/getBlock.slot361774429.transactionDetails_none.json"))
    recordings.rpc("getBlock", [SKIPPED_SLOT, BLOCK], _read("examples/error_slot_skipped_-32007.json"))
    recordings.rpc(
        "getInflationReward",
        [REWARDED, {**FINALIZED, "epoch": 407}],
        _cassette("rpc/vcr/total_rewards_from_vote_accounts.yml"),
    )
    recordings.rpc(
        "getInflationReward",
        [[BLOCK_VOTE], {**FINALIZED, "epoch": 836}],
        _read("examples/error_block_not_available_-32004_before_payout_epoch1018.json"),
    )
    rows = json.loads(_read("kobe/validator_rewards.epoch808.subset71.json"))
    page = {"rewards": [{**row, "epoch": 808, "mev_commission": 10_000} for row in rows], "total_count": len(rows)}
    recordings.jito("validator_rewards", {"epoch": 808, "limit": 10_000, "page": 1}, json.dumps(page))
    recordings.write_index()
    with ReplayServer(folder) as server:
        yield server


def _registry(replay: ReplayServer, folder: Path, votes: list[str] | None) -> Registry:
    chain = {
        "chain_id": "solana",
        "name": "Solana",
        "native_unit": "SOL",
        "base_unit": "lamport",
        "native_decimals": 9,
        "period_type": "EPOCH",
        "finality_lag": 1,
        "slots_per_epoch": 432_000,
        "parameters": [
            {"name": "mev_protocol_fee_bps", "from_period": 0, "value": 0},
            {"name": "mev_protocol_fee_bps", "from_period": 752, "value": 300},
        ],
        "validators": "all" if votes is None else [{"vote_pubkey": vote} for vote in votes],
    }
    limits = {"requests_per_second": 2000, "burst": 2000, "concurrency": 8}
    providers = [
        {"provider": name, "api": name, "base_url": replay.url, "rate_limit": limits, "retry": {"attempts": 1}}
        for name in ("solana_rpc", "jito")
    ]
    mappings = [
        {"chain": "solana", "data_type": data_type, "provider": provider, "role": "primary", "priority": 1}
        for data_type, provider in (
            ("FEES", "solana_rpc"),
            ("REWARDS", "solana_rpc"),
            ("META", "solana_rpc"),
            ("MEV", "jito"),
        )
    ]
    folder.mkdir()
    (folder / "chains.yaml").write_text(yaml.safe_dump({"chains": [chain]}))
    (folder / "providers.yaml").write_text(yaml.safe_dump({"providers": providers, "mappings": mappings}))
    return read_registry(folder / "chains.yaml", folder / "providers.yaml", environment={})


@pytest.fixture(scope="module")
def mainnet(
    server: Any,
    bare_database: str,
    manifest: Any,
    dbt_target: Path,
    replay: ReplayServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Warehouse:
    """A warehouse of recorded mainnet answers: blocks and vote accounts of 837, tips of 808, rewards of 407."""
    folder = tmp_path_factory.mktemp("mainnet")
    warehouse = Warehouse(server.create("aurora_mainnet", template=bare_database), manifest, dbt_target)
    warehouse.load(_registry(replay, folder / "block", [BLOCK_VOTE]), 836, 837, data_types=("FEES", "META", "REWARDS"))
    warehouse.load(_registry(replay, folder / "rewards", REWARDED), 407, 407, data_types=("REWARDS",))
    jito_votes = [row["vote_account"] for row in json.loads(_read("kobe/validator_rewards.epoch808.subset71.json"))]
    everybody = [BLOCK_VOTE, *REWARDED, *jito_votes]
    warehouse.load(_registry(replay, folder / "tips", everybody), 808, 808, providers=("jito",))
    warehouse.build(_registry(replay, folder / "all", None), chain="solana")
    return warehouse


def test_every_vote_account_of_the_snapshot_is_there_with_its_exact_stake(mainnet: Warehouse) -> None:
    recorded = json.loads(_read("rpc/getVoteAccounts.epoch837.json"))["result"]
    expected = {
        account["votePubkey"]: (account["activatedStake"], account["commission"] * 100, standing == "delinquent")
        for standing, accounts in recorded.items()
        for account in accounts
    }
    rows = mainnet.rows("select * from canonical.validator_meta where period_id = 837")
    found = {
        row["validator_key"]: (
            lamports(row["active_stake_native"]),
            row["commission_rate_bps"],
            row["status"] == "DELINQUENT",
        )
        for row in rows
    }
    assert len(found) == 1088
    assert found == expected
    assert sum(stake for stake, _, _ in found.values() if stake) > 2**53


def test_the_recorded_block_pays_its_leader_what_the_oracle_says(mainnet: Warehouse) -> None:
    oracle = json.loads(_read("oracles/mainnet_block_fee_slot361774429.json"))["recorded_expected"]["rewards_entry"]
    [row] = mainnet.rows(
        "select * from canonical.validator_fees where validator_key = %s and period_id = 837", BLOCK_VOTE
    )
    assert lamports(row["total_fees_native"]) == oracle["lamports"] == 34_813_913
    assert row["fee_count"] == 1
    assert row["source_provider"] == "solana_rpc"


def test_a_null_reward_is_a_real_zero_and_an_observed_one_counts(mainnet: Warehouse) -> None:
    rows = mainnet.rows(
        "select validator_key, commission_native from canonical.stake_rewards"
        " where period_id = 407 and staker_key = '*'"
    )
    assert {row["validator_key"]: row["commission_native"] for row in rows}.items() >= {
        (REWARDED[0], Decimal("77.432940417"))
    }
    null_entries = mainnet.rows(
        "select reward_lamports, has_reward from intermediate.int_solana__inflation_rewards where address = %s",
        REWARDED[1],
    )
    assert [(row["reward_lamports"], row["has_reward"]) for row in null_entries] == [(0, False)]


def test_the_recorded_tips_are_split_to_the_lamport(mainnet: Warehouse) -> None:
    recorded = {
        row["vote_account"]: int(row["mev_revenue"])
        for row in json.loads(_read("kobe/validator_rewards.epoch808.subset71.json"))
    }
    rows = mainnet.rows("select * from canonical.validator_mev where period_id = 808 and tip_count = 1")
    assert {row["validator_key"]: lamports(row["total_mev_native"]) for row in rows} == recorded
    for row in rows:
        gross = recorded[row["validator_key"]]
        assert lamports(row["protocol_fee_native"]) == gross * 300 // 10_000
        assert lamports(row["validator_mev_native"]) == gross - gross * 300 // 10_000
        assert lamports(row["stakers_mev_native"]) == 0


def test_an_error_body_is_kept_and_leaves_the_question_open(mainnet: Warehouse) -> None:
    kept = mainnet.rows("select * from staging_solana_rpc._rejected where error_kind = 'rpc_error -32004'")
    assert [bytes(row["payload"]).decode() for row in kept] == [
        _read("examples/error_block_not_available_-32004_before_payout_epoch1018.json")
    ]
    runs = mainnet.rows("select status, error_message from ops.ingestion_runs where endpoint = 'get_inflation_reward'")
    assert any(row["status"] == "FAILED" and "-32004" in row["error_message"] for row in runs)
    assert mainnet.value("select count(*) from staging_solana_rpc.get_inflation_reward where period_id = 836") == 0
    answered = mainnet.value("select count(*) from staging_solana_rpc.get_inflation_reward where period_id = 407")
    assert answered == 1


def test_bodies_are_the_recorded_bytes(mainnet: Warehouse) -> None:
    landed = mainnet.value("select payload from staging_solana_rpc.get_vote_accounts where period_id = 837")
    assert landed == _read("rpc/getVoteAccounts.epoch837.json")
