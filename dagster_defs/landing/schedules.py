"""Keeping up with a chain."""

# Dagster reads the annotations of what it decorates, so they are not deferred to text here.

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagster import (
    DefaultScheduleStatus,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
    schedule,
)

from aurora.errors import AuroraError
from aurora.registry import EpochChain, load_registry
from dagster_defs.lib.chains import epochs, named_after
from loaders.reach import chain_head

if TYPE_CHECKING:
    # Dagster gives its type no public name.
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

# An epoch lasts two days; what can only be asked while it runs is seen several times in it.
_EVERY_SIX_HOURS = "0 */6 * * *"


def keeping_up(chain: EpochChain, job: "UnresolvedAssetJobDefinition") -> ScheduleDefinition:
    """Loads and transforms the newest finalized epoch and the running one, whenever it ticks; stopped at first."""

    @schedule(
        name=named_after(chain, "keep_up_with"),
        job=job,
        cron_schedule=_EVERY_SIX_HOURS,
        default_status=DefaultScheduleStatus.STOPPED,
        execution_timezone="UTC",
    )
    def keep_up(context: ScheduleEvaluationContext) -> Iterator[RunRequest | SkipReason]:
        try:
            running = chain_head(load_registry(), chain.chain_id).epoch
        except AuroraError as error:
            yield SkipReason(str(error))
            return
        wanted = [str(epoch) for epoch in (running - chain.finality_lag, running) if epoch >= 0]
        name = str(epochs(chain).name)
        context.instance.add_dynamic_partitions(name, list(dict.fromkeys(wanted)))
        for epoch in dict.fromkeys(wanted):
            yield RunRequest(run_key=epoch, partition_key=epoch)

    return keep_up
