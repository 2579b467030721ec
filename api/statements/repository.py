"""Reads of ``api_v1.partner_statements`` and its lines. A partner's rows are its own, from their release on."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row

from api.keys.models import Principal, Role
from api.kit.database import Database

_COLUMNS = """
    statements.statement_id,
    statements.statement_month,
    statements.revision,
    statements.status,
    statements.line_count,
    statements.lines_native,
    statements.adjustments_native,
    statements.total_commission_native,
    statements.carried_native,
    statements.minimum_payout_native,
    statements.payout_native,
    statements.balance_native,
    statements.fiat_totals,
    statements.content_hash,
    statements.approved_at,
    statements.released_at,
    statements.paid_at,
    statements.payment_reference,
    chains.chain_id,
    chains.native_unit,
    chains.base_unit,
    chains.native_decimals,
    chains.period_type
"""
_VISIBLE = """
    statements.partner_id = partners.partner_id::text
    and (%(sees_all)s or statements.status in ('RELEASED', 'PAID'))
"""
# Whoever asks for another's is told no more than whoever asks for nobody's.
_PARTNER = """
    partners.partner_id::text = %(partner_id)s and (%(sees_all)s or partners.name = %(partner)s)
"""

_PAGE = f"""
    select partners.partner_id::text as partner_id, partners.name as partner_name, pages.*
    from app.partners as partners
    left join lateral (
        select {_COLUMNS}
        from api_v1.partner_statements as statements
        inner join api_v1.chains as chains on statements.chain_id = chains.chain_id
        where
            {_VISIBLE}
            and (%(chain_id)s::text is null or statements.chain_id = %(chain_id)s)
            and (
                %(after_month)s::date is null
                or (statements.statement_month, statements.chain_id collate "C", statements.revision)
                > (%(after_month)s::date, %(after_chain)s::text collate "C", %(after_revision)s::integer)
            )
        order by statements.statement_month, statements.chain_id collate "C", statements.revision
        limit %(limit)s
    ) as pages on true
    where {_PARTNER}
    order by pages.statement_month, pages.chain_id collate "C", pages.revision
"""

_DETAIL = f"""
    select
        partners.partner_id::text as partner_id,
        partners.name as partner_name,
        {_COLUMNS},
        lines.line_number,
        lines.line_kind,
        lines.line_id,
        lines.agreement_id,
        lines.agreement_version,
        lines.rule_key,
        lines.period_id,
        lines.validator_key,
        lines.revenue_component,
        lines.attribution_method,
        lines.attribution_basis,
        lines.weight_basis,
        lines.attributed_amount_native,
        lines.commission_rate_bps,
        lines.amount_native,
        lines.recomputed_amount_native,
        lines.memo_native,
        lines.reason_code,
        lines.corrects_line_id,
        lines.fiat
    from app.partners as partners
    inner join api_v1.partner_statements as statements on {_VISIBLE}
    inner join api_v1.chains as chains on statements.chain_id = chains.chain_id
    left join lateral (
        select *
        from api_v1.partner_statement_lines as lines
        where lines.statement_id = statements.statement_id and lines.line_number > %(after)s
        order by lines.line_number
        limit %(limit)s
    ) as lines on true
    where {_PARTNER} and statements.statement_id = %(statement_id)s
    order by lines.line_number
"""


async def page_of_statements(
    database: Database,
    principal: Principal,
    partner_id: str,
    *,
    chain_id: str | None,
    after: tuple[str, str, int] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Statements that the principal may see, each with the partner; one row without any if there are none.

    No row: there is no such partner for the principal. ``after`` is month, chain and revision.
    """
    month, chain, revision = after or (None, None, None)
    parameters = {
        **_who(principal),
        "partner_id": partner_id,
        "chain_id": chain_id,
        "after_month": month,
        "after_chain": chain,
        "after_revision": revision,
        "limit": limit,
    }
    return await database.fetch(_PAGE, parameters, rows=dict_row)


async def find_statement(
    database: Database, principal: Principal, partner_id: str, statement_id: str, *, after: int, limit: int
) -> list[dict[str, Any]]:
    """A statement's lines after a number, each with the statement; one row without a line if there are none."""
    parameters = {
        **_who(principal),
        "partner_id": partner_id,
        "statement_id": statement_id,
        "after": after,
        "limit": limit,
    }
    return await database.fetch(_DETAIL, parameters, rows=dict_row)


def _who(principal: Principal) -> dict[str, object]:
    return {"sees_all": principal.role is Role.OPERATOR, "partner": principal.partner}
