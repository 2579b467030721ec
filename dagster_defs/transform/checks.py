"""What dbt's tests do not say."""

from __future__ import annotations

from dagster import AssetCheckResult, AssetCheckSeverity, AssetKey, asset_check

from aurora.settings import load_settings
from aurora.warehouse.connection import connect, warehouse_url

VALIDATOR_PNL = AssetKey(["computation", "validator_pnl"])

_CELLS = """
select
    count(*),
    count(*) filter (where not is_complete),
    count(*) filter (where not is_complete and is_finalized)
from computation.validator_pnl
"""


@asset_check(asset=VALIDATOR_PNL, description="Every cell of a finalized period has all that it is computed from.")
def finalized_pnl_is_complete() -> AssetCheckResult:
    """Warns about cells of finalized periods that lack a data type: their load can be repeated."""
    with connect(warehouse_url(load_settings())) as connection:
        cells, incomplete, finalized = connection.execute(_CELLS).fetchone() or (0, 0, 0)
    return AssetCheckResult(
        passed=finalized == 0,
        severity=AssetCheckSeverity.WARN,
        metadata={"cells": cells, "incomplete": incomplete, "incomplete_and_finalized": finalized},
    )
