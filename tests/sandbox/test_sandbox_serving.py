"""The sandbox as a service: deterministic, quiet, stopped cleanly, told what to do over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest
import yaml

from aurora.registry import read_registry
from aurora.sandbox import (
    MAINNET,
    SandboxError,
    SandboxServer,
    Scale,
    World,
    block_bodies,
    reward_bodies,
    run_replay,
    run_sandbox,
    write_registry,
)

from .conftest import Ask

ASKED = [
    {"jsonrpc": "2.0", "id": 1, "method": "getVoteAccounts"},
    {"jsonrpc": "2.0", "id": 2, "method": "getLeaderSchedule", "params": [844 * 432]},
    {"jsonrpc": "2.0", "id": 3, "method": "getBlock", "params": [845 * 432 + 3, {"rewards": True}]},
]


def test_the_same_seed_and_clock_give_the_same_bytes(server: SandboxServer, http: httpx.Client) -> None:
    def bodies(one: SandboxServer) -> list[bytes]:
        stakewiz = http.get(one.urls["stakewiz"] + "/validators").content
        jito = http.get(one.urls["jito"] + "/staker_rewards?epoch=844&limit=10000").content
        return [http.post(one.urls["solana_rpc"], json=ASKED).content, jito, stakewiz]

    with SandboxServer(seed=1) as twin, SandboxServer(seed=2) as other:
        assert bodies(twin) == bodies(server)
        assert not set(bodies(other)) & set(bodies(server))


def test_calls_are_counted_by_method_a_batch_one_by_one(server: SandboxServer, post: Ask, jito: Ask) -> None:
    post(ASKED)
    post(ASKED[0])
    jito("validator_rewards", epoch=844)
    assert (server.requests("getVoteAccounts"), server.requests("getBlock")) == (2, 1)
    assert (server.requests("validator_rewards"), server.requests()) == (1, 5)
    assert (server.log.http_requests("solana_rpc"), server.log.http_requests()) == (2, 3)
    assert [entry.status for entry in server.log.latest()] == [200, 200, 200]


def test_the_admin_api_moves_the_clock_sets_faults_amends_and_tells_the_truth(
    server: SandboxServer, http: httpx.Client, call: Ask, vote: Ask
) -> None:
    admin = server.url + "/sandbox"
    moved = http.post(admin + "/clock", json={"epoch": 846, "slot_index": 10, "is_paying_out": True}).json()
    assert moved == http.get(admin + "/clock").json()
    assert (server.clock.epoch, server.clock.slot_index, server.clock.is_paying_out) == (846, 10, True)
    assert call("getEpochInfo")["result"]["epoch"] == 846

    http.post(admin + "/faults", json={"faults": "rpc_error:route=getHealth,count=1"})
    assert "error" in call("getHealth")
    http.post(admin + "/faults", json={"faults": [{"kind": "rpc_error", "route": "getHealth"}]})
    assert http.get(admin + "/faults").json()[0]["route"] == "getHealth"
    assert http.delete(admin + "/faults").json() == []
    assert call("getHealth")["result"] == "ok"

    for amendment in (
        {"slot": 844 * 432 + 9, "lamports": 5},
        {"epoch": 844, "vote_account": vote("One"), "mev_revenue": 7},
        {"epoch": 844, "address": vote("One"), "lamports": 3},
    ):
        assert http.post(admin + "/amendments", json=amendment).json() == {"amended": True}
    truth = {row["vote_account"]: row for row in http.get(admin + "/ledger/844").json()}
    assert (truth[vote("One")]["gross_tips"], truth[vote("One")]["commission"]) == (7, 3)
    http.delete(admin + "/amendments")
    assert server.ledger.validator(844, vote("One")).gross_tips > 7

    assert http.get(admin + "/requests").json()["calls"]["getHealth"] == 2
    http.delete(admin + "/requests")
    assert server.requests() == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [("clock", {"epoch": -1}), ("clock", {"slot": 1}), ("faults", {"faults": "fire"}), ("amendments", {"slot": 1})],
)
def test_the_admin_api_refuses_nonsense(
    server: SandboxServer, http: httpx.Client, path: str, body: dict[str, object]
) -> None:
    response = http.post(f"{server.url}/sandbox/{path}", json=body)
    assert (response.status_code, list(response.json())) == (400, ["error"])


def test_the_registry_names_the_running_sandbox_and_what_is_the_operator_s(
    server: SandboxServer, tmp_path: Path, vote: Ask
) -> None:
    chains_path, providers_path = write_registry(tmp_path / "registry", server)
    read_registry(chains_path, providers_path, environment={})
    chains, providers = (yaml.safe_load(path.read_text()) for path in (chains_path, providers_path))
    (solana,) = chains["chains"]
    labels = {entry["vote_pubkey"]: entry["label"] for entry in solana["validators"]}
    assert (solana["chain_id"], solana["slots_per_epoch"], len(labels)) == ("solana", 432, 14)
    assert labels[vote("One")] == "Aurora One"
    assert set(labels) <= set(server.world.accounts.votes)
    own = [account for entry in solana["validators"] for account in entry.get("own_stake_accounts", [])]
    assert len(own) == len(set(own)) == 7
    urls = {p["provider"]: p["base_url"] for p in providers["providers"]}
    assert urls == {name: server.urls[name] for name in ("solana_rpc", "jito", "stakewiz")}
    primaries = {m["data_type"]: m["provider"] for m in providers["mappings"] if m["role"] == "primary"}
    assert primaries == {"FEES": "solana_rpc", "REWARDS": "solana_rpc", "META": "solana_rpc", "MEV": "jito"}


def test_a_taken_port_and_an_unknown_scale_are_one_clear_line(server: SandboxServer) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    with pytest.raises(SandboxError, match=str(port)):
        run_sandbox(say=print, port=port)
    with pytest.raises(SandboxError, match="demo, mainnet"):
        run_sandbox(say=print, scale="huge", port=0)
    with pytest.raises(SandboxError, match="not running"):
        _ = SandboxServer().url


def test_a_stopped_server_refuses_connections_and_stops_twice() -> None:
    with SandboxServer() as one:
        url = one.urls["solana_rpc"]
        assert httpx.post(url, json=ASKED[0]).status_code == 200
    one.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.post(url, json=ASKED[0])


def test_run_sandbox_says_where_it_is_and_ends_when_told(tmp_path: Path) -> None:
    said: list[str] = []
    stop = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        if line.startswith("AURORA_PROVIDERS_FILE"):
            stop.set()

    run_sandbox(say=say, port=0, registry_folder=tmp_path, stop=stop)
    names = [line.split()[0] for line in said]
    assert names[:3] == ["solana_rpc", "jito", "stakewiz"]
    assert {"solana_beach", "beaconchain", "beacon_node", "eth_rpc", "mev_relay", "admin"} <= set(names)
    assert (tmp_path / "chains.yaml").is_file()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_served_sandbox_stops_on_a_signal_without_a_word(number: signal.Signals) -> None:
    code = "from aurora.sandbox import run_sandbox\nrun_sandbox(say=lambda line: print(line, flush=True), port=0)\n"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("admin"):
                break
        os.kill(process.pid, number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "")


def test_importing_the_package_loads_neither_a_server_nor_a_client() -> None:
    code = (
        "import json, sys, aurora.sandbox\n"
        "from aurora.sandbox import SandboxServer, run_sandbox, run_replay, write_registry\n"
        "print(json.dumps([m for m in ('starlette', 'uvicorn', 'yaml', 'httpx', 'pydantic') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_benchmark_bodies_are_those_that_are_served(server: SandboxServer, post: Ask, vote: Ask) -> None:
    bodies = dict(block_bodies(server.world, 844, limit=3))
    for slot, body in bodies.items():
        params = [slot, {"transactionDetails": "none", "rewards": True}]
        assert post({"jsonrpc": "2.0", "id": 1, "method": "getBlock", "params": params}).content == body
    plain = dict(block_bodies(server.world, 844, has_boundary=False))
    assert len(plain) > 400
    assert not any(b'"Staking"' in body or b'"Voting"' in body for body in plain.values())
    for addresses, body in reward_bodies(server.world, 844):
        params = [addresses, {"epoch": 844}]
        assert post({"jsonrpc": "2.0", "id": 1, "method": "getInflationReward", "params": params}).content == body


def test_a_world_has_the_size_it_is_asked_for() -> None:
    scale = Scale(name="bench", validators=20, slots_per_epoch=1_000, stake_accounts=3_000)
    world = World(scale, seed=3)
    assert sum(len(addresses) for addresses, _ in reward_bodies(world, 830)) == 3_000
    assert 900 < len(dict(block_bodies(world, 830))) < 1_000
    assert World(MAINNET, seed=1).accounts.count == 1_200_000


def test_mainnet_answers_single_questions_without_building_the_whole() -> None:
    world = World(MAINNET, seed=1)
    slot, body = next(iter(block_bodies(world, 844, has_boundary=False)))
    assert slot == 844 * 432_000
    assert json.loads(body)["result"]["rewards"][0]["rewardType"] == "Fee"
    address = world.accounts.address(1_199_999)
    assert world.accounts.number_at(address) == 1_199_999
    assert world.accounts.account(1_199_999).validator == 1_399


def test_run_replay_names_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="nowhere"):
        run_replay(tmp_path / "nowhere", say=print, port=0)
