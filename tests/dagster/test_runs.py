"""Runs: the same numbers as the command's, failures that say what failed, and a schedule that keeps up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from dagster import AssetKey, DagsterInstance, build_schedule_context
from psycopg import sql

from aurora.periods import PeriodRange
from aurora.registry import load_registry
from aurora.sandbox import Fault, SandboxServer
from aurora.transform import Transformer
from aurora.warehouse.connection import connect
from loaders.load import LoadRequest, run_load

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from dagster import Definitions

MakeDatabase = Callable[[], str]

_JOB = "load_and_transform_solana"
_EPOCHS = "solana_epoch"
_PNL = AssetKey(["computation", "validator_pnl"])
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


def test_a_period_through_dagster_is_what_the_command_makes_of_it(
    definitions: Definitions,
    instance: DagsterInstance,
    sandbox: SandboxServer,
    new_database: MakeDatabase,
    tmp_path: Path,
) -> None:
    by_command = new_database()
    run_load(load_registry(), by_command, LoadRequest("solana", PeriodRange(844, 844)))
    Transformer(by_command, target_path=tmp_path).build(command="run")
    by_dagster = new_database()
    instance.add_dynamic_partitions(_EPOCHS, ["844"])

    graph = definitions.resolve_asset_graph()
    checks = {key for key in graph.asset_check_keys if key.asset_key == _PNL}
    # All models, and of their hundreds of tests those of the P&L.
    job = definitions.resolve_job_def(_JOB).get_subset(
        asset_selection=graph.materializable_asset_keys, asset_check_selection=checks
    )

    result = job.execute_in_process(instance=instance, partition_key="844")

    assert result.success
    expected, found = _contents(by_command), _contents(by_dagster)
    assert found.keys() == expected.keys()
    for table, rows in expected.items():
        assert found[table] == rows, table
    assert len(expected["computation.validator_pnl"]) > 0
    made = {event.asset_key for event in result.get_asset_materialization_events()}
    assert made == graph.materializable_asset_keys
    assert {check.asset_check_key for check in result.get_asset_check_evaluations()} == checks
    assert all(check.passed for check in result.get_asset_check_evaluations())


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


def test_the_schedule_asks_for_the_newest_finalized_epoch_and_the_running_one(
    definitions: Definitions, kept: DagsterInstance, sandbox: SandboxServer
) -> None:
    schedule = definitions.resolve_schedule_def("keep_up_with_solana")

    tick = schedule.evaluate_tick(
        build_schedule_context(instance=kept, repository_def=definitions.get_repository_def())
    )

    running = sandbox.scale.running_epoch
    assert [request.partition_key for request in tick.run_requests or []] == [str(running - 1), str(running)]
    assert kept.get_dynamic_partitions(_EPOCHS) == [str(running - 1), str(running)]


def test_a_tick_without_an_answer_says_why_and_requests_nothing(
    definitions: Definitions, kept: DagsterInstance, sandbox: SandboxServer
) -> None:
    sandbox.faults.add(Fault(kind="http_403", provider="solana_rpc"))

    tick = definitions.resolve_schedule_def("keep_up_with_solana").evaluate_tick(
        build_schedule_context(instance=kept, repository_def=definitions.get_repository_def())
    )

    assert not tick.run_requests
    assert tick.skip_message is not None
    assert tick.skip_message.startswith("nobody says how far solana is: solana_rpc")


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["844"], ["844"]),
        (["845", "843", "844"], ["843..845"]),
        (["999", "1000", "841"], ["841", "999..1000"]),
    ],
)
def test_epochs_are_loaded_in_as_few_ranges_as_they_form(keys: list[str], expected: list[str]) -> None:
    from dagster_defs.landing.assets import ranges

    assert [str(found) for found in ranges(keys)] == expected
