"""Runs: the same numbers as the command's, failures that say what failed, and a schedule that keeps up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from dagster import AssetCheckResult, AssetCheckSeverity, AssetKey, DagsterInstance, build_schedule_context
from psycopg import sql

from aurora.registry import load_registry
from aurora.sandbox import Fault, SandboxServer
from aurora.warehouse.connection import connect
from tests.dagster.conftest import Built
from tests.postgres import PostgresServer

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from dagster import Definitions

MakeDatabase = Callable[[], str]

_JOB = "load_and_transform_solana"
_EPOCHS = "solana_epoch"
_PNL = AssetKey(["computation", "validator_pnl"])
_OWN_CHECKS = {"payments_reach_their_owner", "providers_agree"}
# What differs between two loads of the same answers.
_OF_THE_RUN = "(data_type like 'timestamp%' or column_name = 'run_id')"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[DagsterInstance]:
    """An instance on disk, which a tick opens for itself."""
    with DagsterInstance.local_temp(str(tmp_path)) as instance:
        yield instance


def _contents(url: str) -> Mapping[str, list[tuple[Any, ...]]]:
    """The rows of every canonical and computed table, sorted, without instants and run ids."""
    with connect(url) as connection:
        columns = connection.execute(
            "select table_schema, table_name, array_agg(column_name::text order by ordinal_position)"
            " from information_schema.columns where table_schema in ('canonical', 'computation')"
            f" and not {_OF_THE_RUN} group by 1, 2"
        ).fetchall()
        return {
            f"{schema}.{table}": connection.execute(
                sql.SQL('select * from (select {} from {}) as t order by t::text collate "C"').format(
                    sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(schema, table)
                )
            ).fetchall()
            for schema, table, names in columns
        }


def _failure(result: Any) -> str:
    failures = [event for event in result.all_events if event.is_step_failure]
    return str(failures[0].step_failure_data.user_failure_data.description)


def test_periods_through_dagster_are_what_the_commands_make_of_them(
    definitions: Definitions,
    instance: DagsterInstance,
    sandbox: SandboxServer,
    by_command: Built,
    new_database: MakeDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dagster_defs.transform import assets

    refreshed: list[str] = []
    monkeypatch.setattr(assets, "refresh_statements", lambda context: refreshed.append(context.run.run_id))
    url = new_database()
    graph = definitions.resolve_asset_graph()
    jobs = {chain: definitions.resolve_job_def(f"load_and_transform_{chain}") for chain in ("solana", "ethereum")}
    keys = {chain: set(job.asset_layer.executable_asset_keys) for chain, job in jobs.items()}
    assert keys["solana"] | keys["ethereum"] == graph.materializable_asset_keys

    day = jobs["ethereum"].execute_in_process(
        instance=instance, asset_selection=sorted(keys["ethereum"] - keys["solana"]), partition_key="2026-01-02"
    )

    assert day.success
    assert {event.partition for event in day.get_asset_materialization_events()} == {"2026-01-02"}

    instance.add_dynamic_partitions(_EPOCHS, [str(by_command.epoch)])
    # All models, and of their hundreds of tests those of the P&L; and the checks that are not dbt's.
    checks = {key for key in graph.asset_check_keys if key.asset_key == _PNL or key.name in _OWN_CHECKS}
    epoch = (
        jobs["solana"]
        .get_subset(asset_selection=keys["solana"], asset_check_selection=checks)
        .execute_in_process(instance=instance, partition_key=str(by_command.epoch))
    )

    assert epoch.success
    # Statements, which their own tests refresh, follow the models: not the loads alone, which the first run was.
    assert refreshed == [epoch.run_id]
    made = {event.asset_key for event in epoch.get_asset_materialization_events()}
    assert made == keys["solana"]
    expected, found = _contents(by_command.url), _contents(url)
    assert found.keys() == expected.keys()
    for table, rows in expected.items():
        assert found[table] == rows, table
    with connect(url) as connection:
        loads = connection.execute(
            "select distinct period_from, period_to from ops.ingestion_runs"
            " where chain_id = 'ethereum' and not is_present_view"
        ).fetchall()
        cells = connection.execute("select chain_id, count(*) > 0 from computation.validator_pnl group by 1").fetchall()
    assert loads == [(by_command.day, by_command.day)]
    assert sorted(cells) == [("ethereum", True), ("solana", True)]

    verdicts = {check.check_name: check for check in epoch.get_asset_check_evaluations()}
    assert {check.asset_check_key for check in verdicts.values()} == checks
    assert {name for name, check in verdicts.items() if not check.passed} == _OWN_CHECKS
    paid = sandbox.ethereum.ledger.misdirected(by_command.day)
    assert paid
    warning = verdicts["payments_reach_their_owner"]
    told: dict[str, Any] = {name: entry.value for name, entry in warning.metadata.items()}
    amount, unit = told["amount_ethereum"].split()
    assert warning.severity == AssetCheckSeverity.WARN
    assert told["payments"] == len(paid)
    assert (int(Decimal(amount).scaleb(18)), unit) == (sum(payment.amount for payment in paid), "ETH")
    assert told["recipients"] == sorted({payment.recipient for payment in paid})
    assert told["newest_ethereum"] == "2026-01-02"
    with connect(url) as connection:
        [(compared, beyond)] = connection.execute(
            "select count(*), count(*) filter (where abs(difference) > tolerance) from canonical.reconciliation"
        ).fetchall()
    told = {name: entry.value for name, entry in verdicts["providers_agree"].metadata.items()}
    assert verdicts["providers_agree"].severity == AssetCheckSeverity.WARN
    assert (told["compared"], told["beyond_tolerance"]) == (compared, beyond)
    # The sandbox has relays that claim more than was paid.
    assert told["ethereum_builder_payments_native"].split()[0] != "0"


def test_checks_pass_where_nothing_went_astray_and_providers_agree(
    by_command: Built, monkeypatch: pytest.MonkeyPatch, server: PostgresServer
) -> None:
    from dagster_defs.transform.checks import payments_reach_their_owner, providers_agree

    url = server.create("in_order", template="by_command")
    monkeypatch.setenv("DATABASE_URL", url)
    with connect(url) as connection:
        connection.execute("delete from canonical.misdirected_payments")
        connection.execute("delete from canonical.reconciliation where not is_within_tolerance")

    verdicts = [payments_reach_their_owner(), providers_agree()]

    assert all(isinstance(verdict, AssetCheckResult) and verdict.passed for verdict in verdicts)


def test_a_range_of_partitions_is_one_load(
    definitions: Definitions, instance: DagsterInstance, sandbox: SandboxServer, new_database: MakeDatabase
) -> None:
    url = new_database()
    instance.add_dynamic_partitions(_EPOCHS, ["843", "844"])

    result = definitions.resolve_job_def(_JOB).execute_in_process(
        instance=instance,
        asset_selection=[AssetKey(["staging_jito", "validator_rewards"])],
        tags={"dagster/asset_partition_range_start": "843", "dagster/asset_partition_range_end": "844"},
    )

    [first, second] = result.get_asset_materialization_events()
    assert {first.partition, second.partition} == {"843", "844"}
    assert first.materialization.metadata["staged"].value == 2
    with connect(url) as connection:
        loads = connection.execute(
            "select period_from, period_to from ops.ingestion_runs where endpoint = 'validator_rewards'"
        ).fetchall()
        asked = connection.execute("select distinct endpoint from ops.ingestion_runs").fetchall()
    assert loads == [(843, 844)]
    assert ("get_block",) not in asked


def test_a_failing_provider_fails_the_run_with_one_line_and_keeps_what_came(
    definitions: Definitions, instance: DagsterInstance, sandbox: SandboxServer, new_database: MakeDatabase
) -> None:
    new_database()
    sandbox.faults.add(Fault(kind="http_403", provider="jito", route="validator_rewards"))
    instance.add_dynamic_partitions(_EPOCHS, ["844"])

    result = definitions.resolve_job_def(_JOB).execute_in_process(
        instance=instance, partition_key="844", raise_on_error=False
    )

    assert not result.success
    assert _failure(result).startswith("load of solana 844 is incomplete: jito validator_rewards FAILED: ")
    assert "\n" not in _failure(result)
    made = {event.asset_key for event in result.get_asset_materialization_events()}
    assert AssetKey(["staging_solana_rpc", "get_block"]) in made
    assert AssetKey(["staging_jito", "validator_rewards"]) not in made
    assert _PNL not in made


def test_a_chain_that_does_not_say_how_far_it_is_fails_the_run_with_one_line(
    definitions: Definitions, instance: DagsterInstance, sandbox: SandboxServer, new_database: MakeDatabase
) -> None:
    new_database()
    sandbox.faults.add(Fault(kind="http_403", provider="solana_rpc"))
    instance.add_dynamic_partitions(_EPOCHS, ["844"])

    result = definitions.resolve_job_def(_JOB).execute_in_process(
        instance=instance, partition_key="844", raise_on_error=False
    )

    assert not result.success
    assert "nothing was loaded" in _failure(result)
    assert "\n" not in _failure(result)


@pytest.mark.parametrize(
    ("chain", "expected"), [("solana", ["844", "845"]), ("ethereum", ["2026-01-04", "2026-01-05"])]
)
def test_the_schedule_asks_for_the_newest_finalized_period_and_the_running_one(
    chain: str, expected: list[str], definitions: Definitions, kept: DagsterInstance, sandbox: SandboxServer
) -> None:
    schedule = definitions.resolve_schedule_def(f"keep_up_with_{chain}")

    tick = schedule.evaluate_tick(
        build_schedule_context(instance=kept, repository_def=definitions.get_repository_def())
    )

    assert [request.partition_key for request in tick.run_requests or []] == expected
    partitions = definitions.resolve_job_def(f"load_and_transform_{chain}").partitions_def
    assert partitions is not None
    assert set(expected) <= set(partitions.get_partition_keys(dynamic_partitions_store=kept))


@pytest.mark.parametrize(
    ("chain", "asked"), [("solana", ["solana_rpc"]), ("ethereum", ["beacon_node", "beaconchain", "eth_rpc"])]
)
def test_a_tick_without_an_answer_says_why_and_requests_nothing(
    chain: str, asked: list[str], definitions: Definitions, kept: DagsterInstance, sandbox: SandboxServer
) -> None:
    for provider in asked:
        sandbox.faults.add(Fault(kind="http_403", provider=provider))

    tick = definitions.resolve_schedule_def(f"keep_up_with_{chain}").evaluate_tick(
        build_schedule_context(instance=kept, repository_def=definitions.get_repository_def())
    )

    assert not tick.run_requests
    assert tick.skip_message is not None
    assert tick.skip_message.startswith(f"nobody says how far {chain} is: {asked[0]}")


@pytest.mark.parametrize(
    ("chain", "keys", "expected"),
    [
        ("solana", ["844"], ["844"]),
        ("solana", ["845", "843", "844"], ["843..845"]),
        ("solana", ["999", "1000", "841"], ["841", "999..1000"]),
        ("ethereum", ["2026-01-01", "2025-12-31", "2026-01-03"], ["20251231..20260101", "20260103"]),
        ("ethereum", ["2024-03-01", "2024-02-29"], ["20240229..20240301"]),
    ],
)
def test_periods_are_loaded_in_as_few_ranges_as_they_form(
    chain: str, keys: list[str], expected: list[str], definitions: Definitions
) -> None:
    from dagster_defs.landing.assets import ranges

    assert [str(found) for found in ranges(load_registry().chain(chain), keys)] == expected
