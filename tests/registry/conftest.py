"""A registry in two files as REGISTRY.md has them, with valid keys, and a way to spoil them one line at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from aurora.errors import AuroraError, RegistryError, SettingsError
from aurora.registry import Registry, read_registry

CHAINS = f"""\
chains:
  - chain_id: solana
    name: Solana
    native_unit: SOL
    base_unit: lamport
    native_decimals: 9
    period_type: EPOCH
    finality_lag: 1                          # periods
    slots_per_epoch: 432000
    parameters:
      - {{name: mev_protocol_fee_bps, from_period: 0, value: 0}}
      - {{name: mev_protocol_fee_bps, from_period: 752, value: 300}}
      - {{name: priority_fee_protocol_bps, from_period: 0, value: 150}}
    validators:
      - vote_pubkey: CcaHc2L43ZWjwCHART3oZoJvHLAe9hzT2DJNUpBzoTN1
        label: Aurora One
        own_stake_accounts: [F6dEJnZyBhuv7q4CnsTQRYnRBx5gXQ5AyrHPLvXwCeiB]
      - vote_pubkey: DdCNGDpP7qMgoAy6paFzhhak2EeyCZcgjH7ak5u5v28m
  - chain_id: ethereum
    name: Ethereum
    native_unit: ETH
    base_unit: wei
    native_decimals: 18
    period_type: DAY
    finality_lag: 1
    slots_per_epoch: 32
    seconds_per_slot: 12
    genesis_at: 2020-12-01T12:00:23Z
    operator_addresses: ["0x{"Ab" * 20}"]
    validators:
      - public_key: "0x{"8A" * 48}"
        validator_index: 1187604
        label: Node 1
        fee_recipients: ["0x{"c1" * 20}"]
        withdrawal_address: "0x{"d2" * 20}"
        ownership:
          - {{from: 2024-01-01T00:00:00Z, owner: OPERATOR}}
          - {{from: 2026-01-01T00:00:00Z, owner: CLIENT, fee_bps: 1000, execution_fee_bps: 0}}
      - public_key: "0x{"9b" * 48}"
"""

PROVIDERS = """\
providers:
  - provider: solana_rpc
    api: solana_rpc
    base_url: https://api.mainnet-beta.solana.com
    auth: {kind: none}
    rate_limit: {requests_per_second: 10, burst: 10, concurrency: 8, monthly_budget: null}
    timeout_seconds: 30
    retry: {attempts: 6, budget_seconds: 120}
    batch_size: 50
  - provider: jito
    api: jito
    base_url: https://kobe.mainnet.jito.network/api/v1/
    auth: {kind: none}
    rate_limit: {requests_per_second: 0.5, burst: 1, concurrency: 1}
  - {provider: stakewiz, api: stakewiz, base_url: "https://api.stakewiz.com"}
  - provider: solana_beach
    api: solana_beach
    base_url: https://api.solanabeach.io/v2
    auth: {kind: bearer, env: SOLANABEACH_API_KEY}
  - provider: beaconchain
    api: beaconchain
    base_url: https://beaconcha.in/api/v2/ethereum
    auth: {kind: header, name: apikey, env: BEACONCHAIN_API_KEY}
    rate_limit: {requests_per_second: 1, burst: 1, concurrency: 1, monthly_budget: 1000}
  - provider: beacon_node
    api: beacon_node
    base_url: http://beacon_node:5052
    auth: {kind: query, name: key, env: BEACON_KEY}
  - {provider: eth_rpc, api: eth_rpc, base_url: "https://eth.example.org/v2/0123456789abcdef0123456789abcdef"}
  - provider: mev_relay
    api: mev_relay
    base_urls: [https://boost-relay.flashbots.net, https://relay.ultrasound.money/]
    auth: {kind: none}
    rate_limit: {requests_per_second: 2, burst: 2, concurrency: 2, monthly_budget: null}
    batch_size: 200
mappings:
  - {chain: solana, data_type: META, provider: stakewiz, role: reconcile, priority: 9}
  - {chain: solana, data_type: FEES, provider: solana_beach, role: fallback, priority: 2}
  - {chain: solana, data_type: FEES, provider: solana_rpc, role: primary, priority: 1}
  - {chain: ethereum, data_type: MEV, provider: mev_relay, role: primary, priority: 1}
tolerances:
  - {chain: solana, metric: total_fees_native, abs_tolerance_native: "0.000005", rel_tolerance_bps: 5}
"""


class RegistryFiles:
    """Two files in a folder of their own; nothing of the process's environment reaches them."""

    def __init__(self, folder: Path) -> None:
        self.chains = folder / "chains.yaml"
        self.providers = folder / "providers.yaml"
        self.chains.write_text(CHAINS, encoding="utf-8")
        self.providers.write_text(PROVIDERS, encoding="utf-8")

    def load(self, **environment: str) -> Registry:
        return read_registry(self.chains, self.providers, environment=environment)

    def replace(self, old: str, new: str) -> int:
        """Replace the one occurrence of ``old`` in either file; the line where the change is."""
        path = self.chains if old in self.chains.read_text(encoding="utf-8") else self.providers
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    def error(self, **environment: str) -> str:
        """The one line that loading ends with."""
        with pytest.raises(RegistryError) as caught:
            self.load(**environment)
        return one_line(caught.value)

    def settings_error(self, **environment: str) -> str:
        with pytest.raises(SettingsError) as caught:
            self.load(**environment)
        return one_line(caught.value)


def one_line(error: AuroraError) -> str:
    message = str(error)
    assert message == " ".join(message.split()), f"not one clean line: {message!r}"
    assert error.__cause__ is None or error.__suppress_context__
    return message


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RegistryFiles:
    monkeypatch.chdir(tmp_path)
    return RegistryFiles(tmp_path)
