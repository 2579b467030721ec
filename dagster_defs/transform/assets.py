"""dbt's models as assets, and its tests as checks: one build, as ``aurora transform`` does it."""

# Dagster reads the annotations of what it decorates, so they are not deferred to text here.

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    Failure,
    PartitionsDefinition,
)
from dagster_dbt import DbtCliResource, dbt_assets

from aurora.errors import AuroraError
from aurora.settings import PROJECT_ROOT
from aurora.transform import DBT_PROJECT, dbt_arguments, dbt_environment, environment
from dagster_defs.lib.warehouse import prepared_warehouse
from dagster_defs.transform.manifest import dbt_folder, is_current, manifest_path
from dagster_defs.transform.translator import WarehouseTranslator


def dbt_resource() -> DbtCliResource:
    """dbt of this Python's environment, whatever PATH says."""
    return DbtCliResource(
        project_dir=DBT_PROJECT, profiles_dir=DBT_PROJECT, dbt_executable=str(Path(sys.executable).parent / "dbt")
    )


def dbt_models(translator: WarehouseTranslator, partitions: PartitionsDefinition[str] | None) -> AssetsDefinition:
    """All models. A partition does not change what is built: dbt finds the periods that were touched by itself."""

    @dbt_assets(
        manifest=manifest_path(),
        name="dbt_build",
        dagster_dbt_translator=translator,
        partitions_def=partitions,
        backfill_policy=BackfillPolicy.single_run() if partitions is not None else None,
    )
    def build(context: AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
        if not is_current(manifest_path(), project=DBT_PROJECT):
            raise Failure("the dbt project has changed since the definitions were loaded: reload them, then run again")
        try:
            url = prepared_warehouse()
        except AuroraError as error:
            raise Failure(str(error)) from error
        target_path = dbt_folder() / "target"
        # Unit tests read no data, and Dagster has no checks for them (dagster-dbt 0.29).
        arguments = [*dbt_arguments("build", target_path=target_path), "--exclude-resource-type", "unit_test"]
        # What happened is in the run's own log; dbt's file of it has megabytes a build.
        arguments += ["--log-level-file", "none"]
        with environment(dbt_environment(url)):
            invocation = dbt.cli(arguments, context=context, target_path=target_path)
        yield from invocation.stream()
        refresh_statements(context)

    return build


def refresh_statements(context: AssetExecutionContext) -> None:
    """Put back to DRAFT what was submitted and states something else now, and say of which statements.

    The moves of statements are the API's, which nothing imports: it is the command that makes them.
    """
    command = [sys.executable, "-m", "aurora", "statements", "refresh", "--actor", "dagster"]
    finished = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        said = finished.stderr.strip().splitlines()
        raise Failure(f"statements were not refreshed: {said[-1] if said else 'the command failed'}")
    for line in finished.stdout.splitlines():
        context.log.warning(f"{line}: it states something else than was submitted")


def other_sources(manifest: Mapping[str, Any], landed: set[AssetKey]) -> list[AssetSpec]:
    """The sources that no load fills, so that the graph shows where they come from."""
    found = {
        AssetKey([source["source_name"], source["name"]]): source for source in manifest.get("sources", {}).values()
    }
    return [
        AssetSpec(
            key,
            description=source["description"] or f"{source['schema']}.{source['name']}",
            group_name=source["schema"],
            kinds={"postgres"},
        )
        for key, source in found.items()
        if key not in landed
    ]
