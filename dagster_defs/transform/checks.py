"""What dbt's tests do not say."""

from __future__ import annotations

from dagster import AssetCheckResult, AssetCheckSeverity, AssetKey, asset_check

from aurora.settings import load_settings
from aurora.warehouse.connection import connect, warehouse_url

VALIDATOR_PNL = AssetKey(["computation", "validator_pnl"])
MISDIRECTED_PAYMENTS = AssetKey(["canonical", "misdirected_payments"])
RECONCILIATION = AssetKey(["canonical", "reconciliation"])

_CELLS = """
select
    count(*),
    count(*) filter (where not is_complete),
    count(*) filter (where not is_complete and is_finalized)
from computation.validator_pnl
"""

_MISDIRECTED = """
select
    paid.chain_id,
    min(chains.native_unit),
    count(*),
    sum(paid.amount_native),
    case
        when min(chains.period_type) = 'DAY' then to_char(to_date(max(paid.period_id)::text, 'YYYYMMDD'), 'YYYY-MM-DD')
        else max(paid.period_id)::text
    end,
    array_agg(distinct paid.recipient)
from canonical.misdirected_payments as paid
inner join canonical.chains as chains on paid.chain_id = chains.chain_id
group by paid.chain_id
order by paid.chain_id
"""

_DIFFERENCES = """
select
    chain_id,
    metric,
    count(*),
    count(*) filter (where not is_within_tolerance)
from canonical.reconciliation
group by chain_id, metric
order by chain_id, metric
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


@asset_check(
    asset=MISDIRECTED_PAYMENTS,
    description="Every payment for a block went to an address of its validator's owner. Where one did not: correct the"
    " validator's fee recipient, or list the address in chains.yaml if it is yours.",
)
def payments_reach_their_owner() -> AssetCheckResult:
    """Warns about payments that went to nobody's own address: how many, how much, the newest day, and to whom."""
    with connect(warehouse_url(load_settings())) as connection:
        rows = connection.execute(_MISDIRECTED).fetchall()
    amounts = {f"amount_{chain_id}": f"{amount:f} {unit}" for chain_id, unit, _, amount, _, _ in rows}
    newest = {f"newest_{chain_id}": period for chain_id, _, _, _, period, _ in rows}
    recipients = sorted({recipient for row in rows for recipient in row[5]})
    return AssetCheckResult(
        passed=not rows,
        severity=AssetCheckSeverity.WARN,
        metadata={"payments": sum(row[2] for row in rows), **amounts, **newest, "recipients": recipients},
    )


@asset_check(
    asset=RECONCILIATION,
    description="Providers that tell the same number agree on it, within the tolerances of providers.yaml.",
)
def providers_agree() -> AssetCheckResult:
    """Warns about numbers that two providers tell further apart than the registry's tolerance allows."""
    with connect(warehouse_url(load_settings())) as connection:
        rows = connection.execute(_DIFFERENCES).fetchall()
    beyond = {f"{chain_id}_{metric}": f"{apart} of {told}" for chain_id, metric, told, apart in rows if apart}
    return AssetCheckResult(
        passed=not beyond,
        severity=AssetCheckSeverity.WARN,
        metadata={
            "compared": sum(row[2] for row in rows),
            "beyond_tolerance": sum(row[3] for row in rows),
            **beyond,
        },
    )


CHECKS = (finalized_pnl_is_complete, payments_reach_their_owner, providers_agree)
