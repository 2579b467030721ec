"""Keeping up with a chain."""

# Dagster reads the annotations of what it decorates, so they are not deferred to text here.

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagster import (
    DefaultScheduleStatus,
    DynamicPartitionsDefinition,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
    schedule,
)

from aurora.errors import AuroraError
from aurora.registry import EpochChain, load_registry
from dagster_defs.lib.chains import Chain, named_after, partition_key, periods
from loaders.reach import newest_periods

if TYPE_CHECKING:
    # Dagster gives its type no public name.
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

# An epoch lasts two days; what can only be asked while it runs is seen several times in it.
_EVERY_SIX_HOURS = "0 */6 * * *"
# A day is final some twenty minutes after it ends: the first tick of the next one finds it so.
_EVERY_SIX_HOURS_AFTER_A_DAY = "45 */6 * * *"


def keeping_up(chain: Chain, job: "UnresolvedAssetJobDefinition") -> ScheduleDefinition:
    """Loads and transforms the newest finalized period and the running one, whenever it ticks; stopped at first."""

    @schedule(
        name=named_after(chain, "keep_up_with"),
        job=job,
        cron_schedule=_EVERY_SIX_HOURS if isinstance(chain, EpochChain) else _EVERY_SIX_HOURS_AFTER_A_DAY,
        default_status=DefaultScheduleStatus.STOPPED,
        execution_timezone="UTC",
    )
    def keep_up(context: ScheduleEvaluationContext) -> Iterator[RunRequest | SkipReason]:
        try:
            wanted = [partition_key(chain, period) for period in newest_periods(load_registry(), chain)]
        except AuroraError as error:
            yield SkipReason(str(error))
            return
        partitions = periods(chain)
        if isinstance(partitions, DynamicPartitionsDefinition):
            context.instance.add_dynamic_partitions(str(partitions.name), wanted)
        for key in wanted:
            yield RunRequest(run_key=key, partition_key=key)

    return keep_up
