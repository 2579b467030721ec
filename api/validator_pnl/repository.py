"""Reads of ``api_v1.validator_pnl``."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row

from api.kit.database import Database

_PAGE = """
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
"""


async def page_of_pnl(
    database: Database, chain_id: str, validator_key: str, *, first: int, last: int, limit: int
) -> list[dict[str, Any]]:
    """The first ``limit`` periods from ``first`` to ``last``; amounts are decimals in the native unit, or None."""
    parameters = {
        "chain_id": chain_id,
        "validator_key": validator_key,
        "first": first,
        "last": last,
        "limit": limit,
    }
    return await database.fetch(_PAGE, parameters, rows=dict_row)
