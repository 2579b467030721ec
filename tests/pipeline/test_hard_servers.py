"""Servers as they are: whatever they do to a load, the same payloads land, or the run says what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from aurora.registry import Registry
from aurora.sandbox import SandboxServer, parse_faults
from tests.worlds import Warehouse, registry_of

pytestmark = pytest.mark.slow

EPOCH = 844


@pytest.fixture(scope="module")
def clean_payloads(
    server: object, manifest: object, dbt_target: Path, tmp_path_factory: pytest.TempPathFactory
) -> set[str]:
    """What one epoch lands from a server that behaves."""
    warehouse = Warehouse(server.create("clean_epoch"), manifest, dbt_target)  # type: ignore[attr-defined, arg-type]
    with SandboxServer(scale="demo", seed=1) as network:
        report = warehouse.load(registry_of(network, tmp_path_factory.mktemp("clean")), EPOCH, EPOCH)
    assert report.failed_runs == []
    return warehouse.payload_ids()


@pytest.mark.parametrize(
    "faults",
    [
        # Each provider is its own: its trouble does not meet another's.
        "batch_refused;http_429:provider=jito,count=2,html=true",
        "batch_413;http_500:provider=jito,count=3",
        "batch_shuffled;truncated:provider=jito,count=1",
        "gzip;http_500:provider=stakewiz,count=2",
        "rpc_error:route=getInflationReward,code=-32005,count=2",
        "http_429:count=5,seconds=0,html=true",
        "http_429:route=getBlock,count=3,seconds=1",
        "http_503:count=4",
        "cut:count=4",
        "truncated:route=getBlock,count=1",
        "slow:count=3,seconds=1",
        "rpc_error:route=getBlock,code=-32004,count=3",
        "duplicated:provider=jito",
    ],
)
def test_what_heals_lands_the_same_payloads(
    faults: str,
    empty_warehouse: Warehouse,
    network: SandboxServer,
    registry: Registry,
    clean_payloads: set[str],
) -> None:
    for fault in parse_faults(faults):
        network.faults.add(fault)
    report = empty_warehouse.load(registry, EPOCH, EPOCH)
    assert [(run.endpoint.name, run.error_message) for run in report.failed_runs] == []
    landed = empty_warehouse.payload_ids()
    if not faults.startswith("duplicated"):
        assert landed == clean_payloads
    else:
        assert len(landed) == len(clean_payloads)


@pytest.mark.parametrize(
    ("faults", "endpoint", "reason"),
    [
        ("negative_fee:route=getBlock", "get_block", "negative Fee"),
        ("reward_like_balance:route=getInflationReward", "get_inflation_reward", "size of the balance"),
        ("invalid_utf8:provider=stakewiz", "validators", "UTF-8"),
        ("html_200:provider=jito", "validator_rewards", "JSON"),
        ("rpc_error:route=getBlock,code=-32001", "get_block", "-32001"),
    ],
)
def test_what_cannot_be_is_kept_apart_with_its_reason(
    faults: str, endpoint: str, reason: str, empty_warehouse: Warehouse, network: SandboxServer, registry: Registry
) -> None:
    for fault in parse_faults(faults):
        network.faults.add(fault)
    report = empty_warehouse.load(registry, EPOCH, EPOCH)
    [run] = [run for run in report.failed_runs if run.endpoint.name == endpoint]
    assert run.status in ("PARTIAL", "FAILED")
    assert reason in (run.error_message or "")
    api = run.endpoint.api
    kept = empty_warehouse.rows(
        f"select octet_length(payload) as size, response_bytes from staging_{api}._rejected where endpoint = %s",
        endpoint,
    )
    assert kept
    assert all(row["size"] == row["response_bytes"] > 0 for row in kept)
    assert empty_warehouse.value(
        "select count(*) from ops.ingestion_runs where endpoint = %s and status in ('PARTIAL', 'FAILED')", endpoint
    )


def test_a_refused_list_of_stake_accounts_fails_no_load(
    empty_warehouse: Warehouse, network: SandboxServer, registry: Registry
) -> None:
    for fault in parse_faults("http_403:route=getProgramAccounts"):
        network.faults.add(fault)
    report = empty_warehouse.load(registry, EPOCH, EPOCH)
    assert report.failed_runs == []
    [run] = [run for run in report.runs if run.endpoint.name == "get_program_accounts"]
    assert run.status == "FAILED"
    assert "403" in (run.error_message or "")


def test_an_escaped_nul_lands_and_stops_no_build(
    fresh_world: Warehouse, network: SandboxServer, registry: Registry
) -> None:
    for fault in parse_faults("nul_escape:provider=stakewiz"):
        network.faults.add(fault)
    report = fresh_world.load(registry, EPOCH, EPOCH)
    assert report.failed_runs == []
    assert (
        fresh_world.value("select count(*) from staging_stakewiz.validators where strpos(payload, '\\u0000') > 0") == 1
    )
    fresh_world.build(registry, select=["stg_ops__payload_sightings", "stg_stakewiz__validators"])
    typed = fresh_world.value(
        "select count(*) from stg.stg_stakewiz__validators as typed inner join staging_stakewiz.validators as landed"
        " using (payload_id) where strpos(landed.payload, '\\u0000') > 0"
    )
    assert typed == 0


def test_jitos_empty_error_body_is_stored_nowhere(
    empty_warehouse: Warehouse, network: SandboxServer, registry: Registry
) -> None:
    for fault in parse_faults("http_500:provider=jito,route=validator_rewards"):
        network.faults.add(fault)
    report = empty_warehouse.load(registry, EPOCH, EPOCH)
    assert [run.endpoint.name for run in report.failed_runs] == ["validator_rewards"]
    assert empty_warehouse.value("select count(*) from staging_jito.validator_rewards") == 0
    assert empty_warehouse.value("select count(*) from staging_jito._rejected") == 0


def test_only_the_tracked_validators_slots_are_asked_for(
    empty_warehouse: Warehouse, network: SandboxServer, registry: Registry
) -> None:
    empty_warehouse.load(registry, EPOCH, EPOCH)
    led = sum(cell.leader_slots for cell in network.ledger.epoch(EPOCH, tracked_only=True).values())
    asked = empty_warehouse.value("select count(*) from staging_solana_rpc.get_block where period_id = %s", EPOCH)
    assert led <= asked <= led + 30
    assert asked < 432


def test_a_second_provider_of_a_known_api_is_yaml_alone_and_asked_where_the_first_fails(
    empty_warehouse: Warehouse, network: SandboxServer, tmp_path: Path
) -> None:
    from aurora.registry import read_registry
    from aurora.sandbox import url_overrides, write_registry

    chains, providers = write_registry(tmp_path, network)
    text = providers.read_text()
    entry = text[text.index("- provider: solana_rpc") : text.index("- provider: jito")]
    extra = entry.replace("provider: solana_rpc", "provider: paid_rpc", 1)
    mapping = "- {chain: solana, data_type: FEES, provider: paid_rpc, role: fallback, priority: 5}\n"
    text = text.replace("- provider: jito", extra + "- provider: jito", 1).replace(
        "mappings:\n", "mappings:\n" + mapping
    )
    providers.write_text(text)
    registry = read_registry(chains, providers, environment=url_overrides(network))
    report = empty_warehouse.load(registry, EPOCH, EPOCH, data_types=("FEES",))
    assert report.failed_runs == []
    assert _blocks_by_provider(empty_warehouse).keys() == {"solana_rpc"}

    led = empty_warehouse.value("select count(*) from staging_solana_rpc.get_block where period_id = %s", EPOCH)
    for fault in parse_faults("rpc_error:provider=solana_rpc,route=getBlock,code=-32001,count=1"):
        network.faults.add(fault)
    report = empty_warehouse.load(registry, EPOCH, EPOCH, data_types=("FEES",))
    assert [(run.provider, run.endpoint.name) for run in report.failed_runs] == [("solana_rpc", "get_block")]
    assert _blocks_by_provider(empty_warehouse)["paid_rpc"] == led


def _blocks_by_provider(warehouse: Warehouse) -> dict[str, int]:
    rows = warehouse.rows(
        "select provider, count(*) as blocks from staging_solana_rpc.get_block where period_id = %s group by provider",
        EPOCH,
    )
    return {row["provider"]: row["blocks"] for row in rows}


def test_the_loads_of_two_warehouses_hold_the_same_payloads(
    empty_warehouse: Warehouse, network: SandboxServer, registry: Registry, clean_payloads: set[str]
) -> None:
    empty_warehouse.load(registry, EPOCH, EPOCH)
    assert empty_warehouse.payload_ids() == clean_payloads
