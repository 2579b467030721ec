"""Files in the form of REGISTRY.md load, with both chains and all eight APIs, and mean what they say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurora.errors import UnknownChainError, UnknownDataTypeError, UnknownProviderError
from aurora.registry import Api, DayChain, EpochChain, EthereumValidator, load_registry
from aurora.settings import PROJECT_ROOT, Settings


def test_the_sample_of_the_form_loads_with_both_chains_and_every_api(files):
    registry = files.load()
    solana, ethereum = registry.chain("solana"), registry.chain("ethereum")
    assert isinstance(solana, EpochChain)
    assert isinstance(ethereum, DayChain)
    assert solana.slots_per_epoch == 432000
    assert [(p.name, p.from_period, p.value) for p in solana.parameters][1] == ("mev_protocol_fee_bps", 752, 300)
    assert solana.tracked[0].own_stake_accounts == ("F6dEJnZyBhuv7q4CnsTQRYnRBx5gXQ5AyrHPLvXwCeiB",)
    assert ethereum.genesis_at == datetime(2020, 12, 1, 12, 0, 23, tzinfo=UTC)
    assert {provider.api for provider in registry.providers} == set(get_args(Api))
    assert registry.provider("jito").rate_limit.requests_per_second == Decimal("0.5")
    assert registry.tolerance("solana", "total_fees_native").abs_tolerance_native == Decimal("0.000005")
    assert registry.source("chains") == files.chains
    assert registry.source("providers") == files.providers


def test_keys_and_addresses_of_ethereum_are_lower_case(files):
    ethereum = files.load().chain("ethereum")
    assert ethereum.tracked[0].key == "0x" + "8a" * 48
    assert ethereum.operator_addresses == ("0x" + "ab" * 20,)


def test_keys_left_out_or_empty_take_their_documented_defaults(files):
    files.replace("    finality_lag: 1                          # periods\n", "")
    files.replace("        label: Aurora One\n", "        label:\n")
    files.replace("[F6dEJnZyBhuv7q4CnsTQRYnRBx5gXQ5AyrHPLvXwCeiB]", "null")
    registry = files.load()
    solana, ethereum = registry.chain("solana"), registry.chain("ethereum")
    assert solana.finality_lag == 1
    assert (solana.tracked[0].label, solana.tracked[0].own_stake_accounts) == (None, ())
    bare = ethereum.tracked[1]
    assert (bare.validator_index, bare.fee_recipients, bare.withdrawal_address, bare.ownership) == (None, (), None, ())
    stakewiz = registry.provider("stakewiz")
    assert (stakewiz.auth.kind, stakewiz.rate_limit.requests_per_second, stakewiz.batch_size) == ("none", 1, 1)
    assert (stakewiz.retry.attempts, stakewiz.retry.budget_seconds, stakewiz.timeout_seconds) == (6, 120, 30)


def test_files_without_parameters_operator_addresses_mappings_or_tolerances_load(files):
    chains = files.chains.read_text().splitlines(keepends=True)
    del chains[9:13]
    files.chains.write_text("".join(line for line in chains if "operator_addresses" not in line))
    files.providers.write_text(files.providers.read_text().split("mappings:")[0])
    registry = files.load()
    assert registry.chain("solana").parameters == ()
    assert registry.chain("ethereum").operator_addresses == ()
    assert (registry.mappings, registry.tolerances) == ((), ())


def test_the_word_all_tracks_every_validator_and_lists_none(files):
    text = files.chains.read_text()
    start, end = text.index("    validators:\n"), text.index("  - chain_id: ethereum")
    files.chains.write_text(text[:start] + "    validators: all\n" + text[end:])
    solana = files.load().chain("solana")
    assert solana.validators == "all"
    assert solana.tracked == ()
    assert files.load().rows()["chains"][0]["tracks_all_validators"] is True


def test_yaml_guesses_change_no_key_and_no_instant(files):
    files.replace('"0x' + "d2" * 20 + '"', "0x" + "02" * 20)
    files.replace("label: Node 1", "label: no")
    files.replace("genesis_at: 2020-12-01T12:00:23Z", 'genesis_at: "2020-12-01T14:00:23+02:00"')
    files.replace("from: 2024-01-01T00:00:00Z", "from: 2024-01-01")
    ethereum = files.load().chain("ethereum")
    assert ethereum.tracked[0].withdrawal_address == "0x" + "02" * 20
    assert ethereum.tracked[0].label == "no"
    assert ethereum.genesis_at == datetime(2020, 12, 1, 12, 0, 23, tzinfo=UTC)
    assert ethereum.tracked[0].ownership[0].effective_from == datetime(2024, 1, 1, tzinfo=UTC)


def test_aliases_repeat_a_block(files):
    files.replace(
        "auth: {kind: bearer, env: SOLANABEACH_API_KEY}", "auth: &key {kind: bearer, env: SOLANABEACH_API_KEY}"
    )
    files.replace("auth: {kind: query, name: key, env: BEACON_KEY}", "auth: *key")
    assert files.load().provider("beacon_node").auth == files.load().provider("solana_beach").auth


def test_mappings_come_in_the_order_in_which_they_are_asked(files):
    registry = files.load()
    fees = registry.mappings_for("solana", "FEES")
    assert [(entry.provider, entry.priority) for entry in fees] == [("solana_rpc", 1), ("solana_beach", 2)]
    everything = [(entry.data_type, entry.provider) for entry in registry.mappings_for("solana")]
    assert everything == [("FEES", "solana_rpc"), ("FEES", "solana_beach"), ("META", "stakewiz")]
    assert registry.mappings_for("ethereum", "REWARDS") == ()


def test_swapped_priorities_are_a_change_of_yaml_only(files):
    files.replace("role: fallback, priority: 2", "role: primary, priority: 0")
    assert files.load().mappings_for("solana", "FEES")[0].provider == "solana_beach"


def test_unknown_names_are_refused_with_the_known_ones(files):
    registry = files.load()
    with pytest.raises(UnknownChainError, match=r"unknown chain 'solano'; chains\.yaml has: ethereum, solana"):
        registry.chain("solano")
    with pytest.raises(
        UnknownProviderError, match=r"unknown provider 'x'; providers\.yaml has: beacon_node, beaconchain"
    ):
        registry.provider("x")
    with pytest.raises(UnknownProviderError):
        registry.base_urls("x")
    with pytest.raises(UnknownChainError):
        registry.mappings_for("solano")
    with pytest.raises(UnknownDataTypeError, match="there are: FEES, MEV, REWARDS, META"):
        registry.mappings_for("solana", "FEE")


def test_a_registry_and_its_parts_cannot_be_changed(files):
    registry = files.load()
    with pytest.raises(AttributeError):
        registry.chains = ()
    with pytest.raises(ValueError, match="frozen"):
        registry.chains[0].finality_lag = 0


def test_rows_are_json_and_hold_what_sql_joins(files):
    rows = files.load().rows()
    assert json.loads(json.dumps(rows)) == rows
    assert {name: len(entries) for name, entries in rows.items()} == {
        "chains": 2,
        "chain_parameters": 3,
        "validators": 4,
        "providers": 8,
        "mappings": 4,
        "tolerances": 1,
    }
    assert rows["chains"][1]["genesis_at"] == "2020-12-01T12:00:23Z"
    assert rows["validators"][0]["own_stake_accounts"] == ["F6dEJnZyBhuv7q4CnsTQRYnRBx5gXQ5AyrHPLvXwCeiB"]
    assert rows["tolerances"][0]["abs_tolerance_native"] == "0.000005"
    assert rows["providers"][1]["requests_per_second"] == "0.5"
    assert [
        (span["effective_from"], span["effective_until"], span["owner"], span["fee_bps"])
        for span in rows["validators"][2]["ownership"]
    ] == [
        (None, "2024-01-01T00:00:00Z", "OPERATOR", 0),
        ("2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "OPERATOR", 0),
        ("2026-01-01T00:00:00Z", None, "CLIENT", 1000),
    ]
    # Without ownership in the file: the operator's, since ever.
    assert [(span["effective_from"], span["owner"]) for span in rows["validators"][3]["ownership"]] == [
        (None, "OPERATOR")
    ]


@given(starts=st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), unique=True, max_size=8).map(sorted))
def test_ownership_covers_all_time_without_gap_or_overlap(starts):
    validator = EthereumValidator.model_validate(
        {
            "public_key": "0x" + "8a" * 48,
            "ownership": [
                {"from": f"{start.isoformat(timespec='microseconds')}Z", "owner": "OPERATOR"} for start in starts
            ],
        }
    )
    spans = validator.ownership_ranges()
    assert spans[0].effective_from is None
    assert spans[-1].effective_until is None
    for before, after in pairwise(spans):
        assert before.effective_until == after.effective_from
        assert before.effective_from is None or before.effective_from < before.effective_until


def test_the_project_s_own_files_load_and_name_what_is_served():
    registry = load_registry(
        Settings(
            AURORA_CHAINS_FILE=PROJECT_ROOT / "chains.yaml",
            AURORA_PROVIDERS_FILE=PROJECT_ROOT / "providers.yaml",
            _env_file=None,
        )
    )
    assert [provider.provider for provider in registry.providers][:3] == ["solana_rpc", "jito", "stakewiz"]
    served = {
        kind: [entry.provider for entry in registry.mappings_for("solana", kind)]
        for kind in ("FEES", "MEV", "REWARDS", "META")
    }
    assert served["FEES"][0] == "solana_rpc"
    assert served["REWARDS"][0] == "solana_rpc"
    assert served["MEV"][0] == "jito"
    assert served["META"] == ["solana_rpc", "jito", "stakewiz"]


def test_the_environment_names_other_files(files, monkeypatch):
    monkeypatch.setenv("AURORA_CHAINS_FILE", str(files.chains))
    monkeypatch.setenv("AURORA_PROVIDERS_FILE", str(files.providers))
    registry = load_registry()
    assert (registry.source("chains"), registry.source("providers")) == (files.chains, files.providers)
    assert registry.provider("mev_relay").batch_size == 200


def test_the_example_environment_is_one_that_loads(tmp_path: Path, monkeypatch):
    example = PROJECT_ROOT / ".env.example"
    for line in example.read_text().splitlines():
        name, assigned, _ = line.partition("=")
        if assigned and not line.startswith("#"):
            monkeypatch.delenv(name, raising=False)
    settings = Settings(_env_file=example)
    assert settings.environment == "development"
    assert settings.jwt_secret_key is None
    assert settings.database_url is None
