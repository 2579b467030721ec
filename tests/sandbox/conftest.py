"""A running sandbox, put back to its first state before each test, and short ways to ask its providers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from aurora.sandbox import SandboxServer, url_overrides

_TESTS = Path(__file__).resolve().parents[1]
_FIXTURE_FOLDERS = (_TESTS / "fixtures", _TESTS.parents[1] / "shared" / "fixtures")

Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def running() -> Iterator[SandboxServer]:
    with SandboxServer(scale="demo", seed=1) as server:
        yield server


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=20) as client:
        yield client


@pytest.fixture
def server(running: SandboxServer) -> SandboxServer:
    running.clock.move_to(running.scale.running_epoch, slot_index=running.scale.slot_index)
    running.faults.clear()
    running.amendments.revert()
    running.ethereum.reset()
    running.log.clear()
    return running


@pytest.fixture
def post(server: SandboxServer, http: httpx.Client) -> Ask:
    """Send JSON to the Solana node; gives the response."""
    return lambda value, **options: http.post(server.urls["solana_rpc"], json=value, **options)


@pytest.fixture
def call(post: Ask) -> Ask:
    """One JSON-RPC call; gives the whole envelope."""

    def ask(method: str, *params: Any) -> Any:
        return post({"jsonrpc": "2.0", "id": 7, "method": method, "params": list(params)}).json()

    return ask


@pytest.fixture
def result(call: Ask) -> Ask:
    """One JSON-RPC call; gives its result."""
    return lambda method, *params: call(method, *params)["result"]


@pytest.fixture
def error_code(call: Ask) -> Ask:
    """One JSON-RPC call; gives its error code."""
    return lambda method, *params: call(method, *params)["error"]["code"]


@pytest.fixture
def block(result: Ask) -> Ask:
    return lambda slot: result("getBlock", slot, {"transactionDetails": "none", "rewards": True})


@pytest.fixture
def jito(server: SandboxServer, http: httpx.Client) -> Ask:
    """GET an endpoint of Jito with parameters, or POST it with ``body``; gives the response."""

    def ask(path: str, body: Any = None, **query: Any) -> httpx.Response:
        url = f"{server.urls['jito']}/{path}"
        return http.get(url, params=query) if body is None else http.post(url, json=body)

    return ask


@pytest.fixture
def vote(server: SandboxServer) -> Ask:
    """The vote account of a label, with or without ``Aurora`` before it."""
    accounts = server.world.accounts
    by_label = {traits.label: accounts.votes[index] for index, traits in enumerate(accounts.traits)}
    return lambda label: by_label[f"Aurora {label}"]


@pytest.fixture
def node(server: SandboxServer, http: httpx.Client) -> Ask:
    """Ask the beacon node; gives the ``data``, None for a 404."""

    def ask(path: str, body: Any = None) -> Any:
        url = f"{server.urls['beacon_node']}/eth/{path}"
        response = http.get(url) if body is None else http.post(url, json=body)
        return None if response.status_code == 404 else response.json()["data"]

    return ask


@pytest.fixture
def rpc(server: SandboxServer, http: httpx.Client) -> Ask:
    """One call of the execution node; gives the result."""

    def ask(method: str, *params: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        return http.post(server.urls["eth_rpc"], json=body).json()["result"]

    return ask


@pytest.fixture
def explorer(server: SandboxServer, http: httpx.Client) -> Ask:
    """POST to beaconcha.in with the key; gives the response."""
    headers = {"authorization": f"Bearer {url_overrides(server)['BEACONCHAIN_API_KEY']}"}

    def ask(path: str, **body: Any) -> httpx.Response:
        url = f"{server.urls['beaconchain']}/{path}"
        return http.post(url, json={"chain": "mainnet", **body}, headers=headers)

    return ask


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The recorded responses; outside CI, tests that need them are skipped where there are none."""
    found = next((folder for folder in _FIXTURE_FOLDERS if folder.is_dir()), None)
    if found is None and "CI" in os.environ:
        pytest.fail(f"no recorded responses in {_FIXTURE_FOLDERS}")
    return found if found is not None else pytest.skip("no recorded responses")
