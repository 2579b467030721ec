"""Reads of ``api_v1.validator_pnl``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from api.chains.schemas import ChainUnits
from api.kit.database import Database

# One statement, and so one snapshot and one round trip: the chain, whether it has the validator, and the periods.
_PAGE = """
    select
        chains.chain_id,
        chains.native_unit,
        chains.base_unit,
        chains.native_decimals,
        chains.period_type,
        validators.validator_key,
        pages.period_id,
        pages.starts_at,
        pages.ends_at,
        pages.is_finalized,
        pages.is_complete,
        pages.missing_data_types,
        pages.exec_fees_native,
        pages.mev_tips_native,
        pages.vote_rewards_native,
        pages.commission_native,
        pages.other_income_native,
        pages.total_revenue_native,
        pages.vote_cost_native,
        pages.other_cost_native,
        pages.total_cost_native,
        pages.partner_commissions_native,
        pages.net_native
    from api_v1.chains as chains
    left join api_v1.validators as validators
        on chains.chain_id = validators.chain_id and validators.validator_key = %(validator_key)s
    left join lateral (
        select
            pnl.period_id,
            periods.starts_at,
            periods.ends_at,
            pnl.is_finalized,
            pnl.is_complete,
            coalesce(pnl.missing_data_types, array[]::text[]) as missing_data_types,
            pnl.exec_fees_native,
            pnl.mev_tips_native,
            pnl.vote_rewards_native,
            pnl.commission_native,
            pnl.other_income_native,
            pnl.total_revenue_native,
            pnl.vote_cost_native,
            pnl.other_cost_native,
            pnl.total_cost_native,
            pnl.partner_commissions_native,
            pnl.net_native
        from api_v1.validator_pnl as pnl
        left join api_v1.periods as periods
            on pnl.chain_id = periods.chain_id and pnl.period_id = periods.period_id
        where
            pnl.chain_id = %(chain_id)s
            and pnl.validator_key = %(validator_key)s
            and pnl.period_id between %(first)s and %(last)s
        order by pnl.period_id
        limit %(limit)s
    ) as pages on validators.validator_key is not null
    where chains.chain_id = %(chain_id)s
    order by pages.period_id
"""


@dataclass(frozen=True, slots=True)
class PnlPage:
    """What the warehouse has for a path: the chain's units, and the rows if the chain has the validator."""

    units: ChainUnits
    has_validator: bool
    rows: list[dict[str, Any]]


async def find_pnl(
    database: Database, chain_id: str, validator_key: str, *, first: int, last: int, limit: int
) -> PnlPage | None:
    """The first ``limit`` periods from ``first`` to ``last``, or None where there is no such chain.

    Rows hold the columns of ``api_v1.validator_pnl``; amounts are decimals in the native unit, or None.
    """
    parameters = {
        "chain_id": chain_id,
        "validator_key": validator_key,
        "first": first,
        "last": last,
        "limit": limit,
    }
    rows = await database.fetch(_PAGE, parameters, rows=dict_row)
    if not rows:
        return None
    return PnlPage(
        units=ChainUnits.model_validate(rows[0]),
        has_validator=rows[0]["validator_key"] is not None,
        rows=[row for row in rows if row["period_id"] is not None],
    )
