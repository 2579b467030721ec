"""Recorded responses are served byte for byte to whoever asks what was asked then."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from aurora.sandbox import ReplayServer, SandboxError, run_replay


@pytest.fixture(scope="module")
def ethereum(fixtures: Path) -> Iterator[ReplayServer]:
    with ReplayServer(fixtures / "ethereum") as server:
        yield server


@pytest.fixture(scope="module")
def solana(fixtures: Path) -> Iterator[ReplayServer]:
    with ReplayServer(fixtures / "solana" / "rpc") as server:
        yield server


def write_index(folder: Path, *entries: dict[str, Any]) -> Path:
    listed = []
    for number, entry in enumerate(entries):
        (folder / f"{number}.json").write_bytes(entry.pop("body"))
        listed.append({"file": f"{number}.json", "method": "GET", "status": 200, **entry})
    (folder / "index.json").write_text(json.dumps(listed))
    return folder


def test_every_recording_of_the_index_is_served_as_it_was(ethereum: ReplayServer, fixtures: Path) -> None:
    root = fixtures / "ethereum"
    entries = json.loads((root / "index.json").read_text())
    assert entries
    recorded: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for entry in entries:
        parts, body = urlsplit(entry["url"]), entry["request_body"]
        value = json.loads(body) if body else None
        if isinstance(value, dict) and "method" in value:
            value = {name: inner for name, inner in value.items() if name not in ("id", "jsonrpc")}
        key = (entry["method"], parts.path, parts.query, json.dumps(value, sort_keys=True))
        recorded.setdefault(key, []).append(entry)
    with httpx.Client() as client:
        for same in recorded.values():
            for entry in [*same, same[-1]]:  # in order, the last one again
                parts = urlsplit(entry["url"])
                url = ethereum.url + parts.path + (f"?{parts.query}" if parts.query else "")
                response = client.request(entry["method"], url, content=entry["request_body"])
                assert response.status_code == entry["status"]
                assert response.content == (root / entry["file"]).read_bytes()
                for name, value in (entry["ratelimit_headers"] or {}).items():
                    assert response.headers[name] == value


def test_key_order_host_and_a_shorter_base_path_do_not_matter(ethereum: ReplayServer, fixtures: Path) -> None:
    entry = next(
        entry
        for entry in json.loads((fixtures / "ethereum/index.json").read_text())
        if entry["url"].endswith("/validators/proposal-slots")
    )
    turned = dict(reversed(json.loads(entry["request_body"]).items()))
    for path in ("/api/v2/ethereum/validators/proposal-slots", "/validators/proposal-slots"):
        assert (
            httpx.post(ethereum.url + path, json=turned).content == (fixtures / "ethereum" / entry["file"]).read_bytes()
        )


def test_what_is_not_recorded_is_a_404_of_one_line(ethereum: ReplayServer) -> None:
    response = httpx.get(ethereum.url + "/eth/v1/beacon/nothing?x=1")
    assert response.status_code == 404
    assert response.text == "nothing is recorded for GET /eth/v1/beacon/nothing?x=1\n"


def test_a_call_that_is_not_recorded_is_a_json_rpc_error(solana: ReplayServer) -> None:
    call = {"jsonrpc": "2.0", "id": 9, "method": "getBlock", "params": [1]}
    response = httpx.post(solana.url, json=call)
    assert response.status_code == 200
    assert (response.json()["error"]["code"], response.json()["id"]) == (-32601, 9)
    assert "getBlock" in response.json()["error"]["message"]


def test_batches_are_refused_so_that_bytes_stay_as_recorded(solana: ReplayServer) -> None:
    call = {"jsonrpc": "2.0", "id": 9, "method": "getEpochInfo"}
    answer = httpx.post(solana.url, json=[call, call]).json()
    assert answer["error"]["code"] == -32600


def test_cassettes_are_served_in_order_with_their_headers(solana: ReplayServer) -> None:
    call = {"method": "getEpochInfo", "id": 77, "jsonrpc": "2.0"}
    epochs = [httpx.post(solana.url + "/", json=call).json()["result"]["epoch"] for _ in range(3)]
    assert epochs == [204, 205, 205]
    addresses = ["BFpfnLfnE4zY5TNvywbH1sPU9kCe1vo1pPF1QsMHU6gL", "BmZFrXp57Z8b4SDP6sn6pjMwKUzWt6WHT4qg943hGmwa"]
    body = {"jsonrpc": "2.0", "id": 1, "method": "getInflationReward", "params": [addresses, {"epoch": 407}]}
    response = httpx.post(solana.url, json=body)
    assert response.headers["x-ratelimit-method-limit"] == "5"
    assert [entry["amount"] for entry in response.json()["result"]] == [1490072, 28137694]


def test_pairs_are_served_to_any_path_and_id(solana: ReplayServer, fixtures: Path) -> None:
    pairs = json.loads((fixtures / "solana/rpc/recorded_inflation_and_vote_pairs.json").read_text())
    for pair in pairs:
        call = {**pair["request"], "id": "mine"}
        assert httpx.post(solana.url + "/any/base", json=call).json() == pair["response"]


def test_numbers_in_pairs_keep_their_digits(tmp_path: Path) -> None:
    text = '[{"request":{"method":"m","params":[1.50]},"response":{"result":[1e-9,0.10,12345678901234567890123,"é"]}}]'
    (tmp_path / "pairs.json").write_text(text, encoding="utf-8")
    with ReplayServer(tmp_path) as server:
        body = httpx.post(server.url, content='{"params":[1.50],"method":"m","id":1}').content
    assert body.decode() == '{"result":[1e-9,0.10,12345678901234567890123,"é"]}'


def test_the_query_decides_in_any_order_and_a_prefix_is_allowed(tmp_path: Path) -> None:
    url = "https://kobe.mainnet.jito.network/api/v1/validator_rewards"
    write_index(
        tmp_path,
        {"url": url + "?epoch=1&limit=2", "body": b"one"},
        {"url": url + "?epoch=2&limit=2", "body": b"two", "status": 500, "content_type": "text/plain"},
    )
    with ReplayServer(tmp_path) as server:
        first = httpx.get(server.url + "/validator_rewards?limit=2&epoch=1")
        second = httpx.get(server.url + "/base/api/v1/validator_rewards?epoch=2&limit=2")
        assert httpx.get(server.url + "/rewards?epoch=1&limit=2").status_code == 404
        assert (server.requests("/validator_rewards"), server.requests()) == (1, 3)
    assert (first.status_code, first.content) == (200, b"one")
    assert (second.status_code, second.content, second.headers["content-type"]) == (500, b"two", "text/plain")


@pytest.mark.parametrize("index", ["{", '[{"file": "gone.json"}]', '[{"method":"GET","url":"/x","file":"gone.json"}]'])
def test_a_malformed_folder_is_one_clear_line(tmp_path: Path, index: str) -> None:
    (tmp_path / "index.json").write_text(index)
    with pytest.raises(SandboxError) as error:
        ReplayServer(tmp_path)
    assert "index.json" in str(error.value)
    assert "\n" not in str(error.value)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="no recordings"):
        ReplayServer(tmp_path)


def test_run_replay_says_where_it_is_and_ends_when_told(tmp_path: Path) -> None:
    write_index(tmp_path, {"url": "http://x/y", "body": b"{}"})
    said: list[str] = []
    stop = threading.Event()
    stop.set()
    run_replay(tmp_path, say=said.append, port=0, stop=stop)
    assert said[0].startswith("1 recordings  http://127.0.0.1:")
