"""Whether providers answer, and how far their chains are, without landing anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from aurora.errors import ProviderError
from aurora.registry import Registry, read_registry
from aurora.sandbox import Fault, SandboxServer, url_overrides, write_registry
from loaders.ethereum_days import BeaconHead
from loaders.reach import chain_head, reach


@pytest.fixture
def registry(sandbox: SandboxServer, tmp_path: Path) -> Registry:
    files = write_registry(tmp_path, sandbox, chains=("solana", "ethereum"), with_beach=True)
    return read_registry(*files, environment=url_overrides(sandbox))


def test_every_provider_answers(registry: Registry, sandbox: SandboxServer) -> None:
    clock = sandbox.ethereum.clock
    assert {provider.provider: reach(registry, provider.provider) for provider in registry.providers} == {
        "solana_rpc": f"epoch {sandbox.clock.epoch} is running",
        "jito": "answers",
        "stakewiz": "answers",
        "solana_beach": "answers",
        "beaconchain": f"epoch {clock.epoch} is running",
        "beacon_node": f"epoch {clock.finalized_epoch} is finalized",
        "eth_rpc": reach(registry, "eth_rpc"),
        "mev_relay": f"{len(sandbox.relay_urls)} relays answer",
    }
    assert reach(registry, "eth_rpc").startswith("block ")


@pytest.mark.parametrize(
    "provider",
    ["solana_rpc", "jito", "stakewiz", "solana_beach", "beaconchain", "beacon_node", "eth_rpc", "mev_relay"],
)
@pytest.mark.parametrize("kind", ["http_403", "html_200"])
def test_a_provider_that_refuses_is_named_after_one_request(
    provider: str, kind: str, registry: Registry, sandbox: SandboxServer
) -> None:
    sandbox.faults.add(Fault(kind=kind, provider=provider))
    with pytest.raises(ProviderError, match=provider):
        reach(registry, provider)


def test_a_relay_that_does_not_answer_is_named_by_its_host(sandbox: SandboxServer, tmp_path: Path) -> None:
    files = write_registry(tmp_path, sandbox, chains=("ethereum",))
    urls = {**url_overrides(sandbox), "AURORA_MEV_RELAY_URL": f"{sandbox.relay_urls[0]},http://127.0.0.1:1"}
    with pytest.raises(ProviderError, match=r"^1 of 2 relays: 127\.0\.0\.1:1 does not answer"):
        reach(read_registry(*files, environment=urls), "mev_relay")


@pytest.mark.parametrize("refusing", [(), ("beacon_node",), ("beacon_node", "beaconchain")])
def test_the_head_of_a_chain_of_days_is_told_by_whoever_answers(
    refusing: tuple[str, ...], sandbox: SandboxServer, tmp_path: Path
) -> None:
    rows = [("FEES", "eth_rpc", 1), ("META", "beacon_node", 1), ("META", "beaconchain", 2)]
    mappings = [
        {"chain": "ethereum", "data_type": data_type, "provider": name, "role": "primary", "priority": priority}
        for data_type, name, priority in rows
    ]
    files = write_registry(tmp_path, sandbox, chains=("ethereum",), mappings=mappings)
    registry = read_registry(*files, environment=url_overrides(sandbox))
    for provider in refusing:
        sandbox.faults.add(Fault(kind="http_403", provider=provider))
    clock = sandbox.ethereum.clock
    assert chain_head(registry, "ethereum") == BeaconHead(clock.epoch, clock.finalized_epoch)


def test_a_missing_key_hides_nobody_else_who_knows_the_head(sandbox: SandboxServer, tmp_path: Path) -> None:
    files = write_registry(tmp_path, sandbox, chains=("ethereum",))
    keyless = {name: value for name, value in url_overrides(sandbox).items() if name.endswith("_URL")}
    sandbox.faults.add(Fault(kind="http_403", provider="beacon_node"))
    head = chain_head(read_registry(*files, environment=keyless), "ethereum")
    assert isinstance(head, BeaconHead)
    assert head.epoch == sandbox.ethereum.clock.epoch
