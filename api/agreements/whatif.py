"""What a draft would have made of history: its lines and diagnostics beside those of today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import class_row

from api.agreements.draft import PREFIX, TABLES, drafted
from api.kit.writing import session
from aurora.apart import Apart
from aurora.errors import WarehouseError
from aurora.periods import MonthRange
from aurora.registry.registry import Registry
from aurora.warehouse.connection import parse_url

APART = Apart(prefix=PREFIX, source="app", tables=TABLES, wanted=("partner_commission_lines", "commission_diagnostics"))
"""What dbt builds of a draft: from the copied tables to what is compared, and nothing that these do not change."""

# As the macro statement_month has it, and a test that both agree.
_MONTH = "date_trunc('month', coalesce(ends_at - interval '1 microsecond', starts_at) at time zone 'UTC')::date"

_MONTHS = f"""
    months as (
        select chain_id, period_id, {_MONTH} as statement_month
        from canonical.periods
    )
"""
_IN_MONTHS = """
    (
        %(first)s::date is null
        or months.statement_month between %(first)s::date and %(last)s::date
    )
"""


def _lines(schema: str) -> str:
    return f"""
        select
            partners.name as partner_name, agreements.name as agreement_name, lines.rule_key, lines.chain_id,
            lines.period_id, lines.validator_key, lines.revenue_component, lines.final_amount_native
        from {schema}computation.partner_commission_lines as lines
        inner join {schema}app.agreements as agreements on lines.agreement_id = agreements.agreement_id::text
        inner join {schema}app.partners as partners on agreements.partner_id = partners.partner_id
    """


def _findings(schema: str) -> str:
    # Whom it concerns by name: an agreement that is new in the draft has no id that means anything.
    return f"""
        select
            diagnostics.severity, diagnostics.is_blocking, diagnostics.code, partners.name as partner_name,
            agreements.name as agreement_name, diagnostics.rule_key, diagnostics.chain_id, diagnostics.period_id,
            diagnostics.validator_key, diagnostics.revenue_component, diagnostics.detail
        from {schema}computation.commission_diagnostics as diagnostics
        left join {schema}app.partners as partners on diagnostics.partner_id = partners.partner_id::text
        left join {schema}app.agreements as agreements on diagnostics.agreement_id = agreements.agreement_id::text
    """


# A line that an earlier build or the draft alone has is new or gone; the sums are exact, and Python adds nothing.
_AMOUNTS = f"""
    with today as ({_lines("")}),

    draft as ({_lines(PREFIX)}),

    {_MONTHS},

    compared as (
        select
            partner_name, chain_id, period_id, today.final_amount_native as today_native,
            draft.final_amount_native as draft_native
        from today
        full join draft using (
            partner_name, agreement_name, rule_key, chain_id, period_id, validator_key, revenue_component
        )
    )

    select
        compared.partner_name,
        compared.chain_id,
        chains.native_unit,
        months.statement_month as month,
        grouping(months.statement_month) = 1 as is_total,
        sum(compared.today_native) as today_native,
        sum(compared.draft_native) as draft_native,
        coalesce(sum(compared.draft_native), 0) - coalesce(sum(compared.today_native), 0) as difference_native,
        count(*) filter (where compared.today_native is null) as lines_new,
        count(*) filter (where compared.today_native <> compared.draft_native) as lines_changed,
        count(*) filter (where compared.draft_native is null) as lines_gone,
        count(*) filter (where compared.today_native = compared.draft_native) as lines_same
    from compared
    inner join canonical.chains as chains on compared.chain_id = chains.chain_id
    left join months on compared.chain_id = months.chain_id and compared.period_id = months.period_id
    where {_IN_MONTHS}
    group by grouping sets (
        (compared.partner_name, compared.chain_id, chains.native_unit, months.statement_month),
        (compared.partner_name, compared.chain_id, chains.native_unit)
    )
    order by
        compared.partner_name collate "C", compared.chain_id collate "C", is_total, months.statement_month nulls first
"""
_FINDINGS = f"""
    with today as ({_findings("")}),

    draft as ({_findings(PREFIX)}),

    {_MONTHS},

    compared as (
        select 'NEW' as change, added.* from (select * from draft except select * from today) as added
        union all
        select 'GONE' as change, ended.* from (select * from today except select * from draft) as ended
    )

    select
        compared.change,
        compared.severity,
        compared.is_blocking,
        compared.code,
        compared.partner_name,
        compared.agreement_name,
        compared.chain_id,
        months.statement_month as month,
        count(*) as finding_count,
        min(compared.period_id) as first_period_id,
        min(compared.detail collate "C") as detail
    from compared
    left join months on compared.chain_id = months.chain_id and compared.period_id = months.period_id
    where {_IN_MONTHS}
    group by
        compared.change, compared.severity, compared.is_blocking, compared.code, compared.partner_name,
        compared.agreement_name, compared.chain_id, months.statement_month
    order by
        compared.change desc, compared.is_blocking desc, compared.severity collate "C" desc,
        compared.code collate "C", compared.partner_name collate "C", compared.agreement_name collate "C",
        compared.chain_id collate "C", months.statement_month nulls first
"""
# Amendments that no build has seen yet, and periods that the lines are behind with: the draft has them, today has not.
_BEHIND = """
    with built as (
        select
            min(built_through) filter (where model = 'computation.partner_commission_lines') as lines_through,
            min(built_through) filter (where model = 'computation.partner_commission_lines/agreements')
                as agreements_through,
            min(built_through) filter (where model = 'computation.validator_revenue') as revenue_through
        from ops.model_watermark
    )

    select
        exists (
            select 1 from app.touched_agreements as touched
            inner join built on touched.xid >= built.agreements_through
        )
        or exists (
            select 1 from ops.touched_periods as touched
            inner join built on touched.xid >= built.lines_through and touched.xid < built.revenue_through
        )
"""
_BUILT = "select model, built_through::text from ops.model_watermark order by model"

BEHIND = (
    "something was recorded or computed since the last transform that the draft's lines have, and today's do not yet:"
    " run `aurora transform`, then this again"
)
MOVED = "a transform ran meanwhile, and the two sides may have read different numbers: run this again when it is over"
NOTHING = "the file states what is in force: applying it would change nothing"


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a partner's lines of a chain and month sum to, today and with the draft, or all months' where it is a total.

    None is no line; a month of None is that of a period whose bounds are not known. Amounts are in the native unit.
    """

    partner_name: str
    chain_id: str
    native_unit: str
    month: date | None
    is_total: bool
    today_native: Decimal | None
    draft_native: Decimal | None
    difference_native: Decimal
    lines_new: int
    lines_changed: int
    lines_gone: int
    lines_same: int

    @property
    def change(self) -> str:
        """`NEW` or `GONE` where the other side has no line at all, `CHANGED` where any line differs, or `SAME`."""
        if self.today_native is None:
            return "NEW"
        if self.draft_native is None:
            return "GONE"
        return "CHANGED" if self.lines_new or self.lines_changed or self.lines_gone else "SAME"


@dataclass(frozen=True, slots=True)
class Findings:
    """Diagnostics of one kind that only one side has: how many, the first of their periods and one of their texts."""

    change: str
    severity: str
    is_blocking: bool
    code: str
    partner_name: str | None
    agreement_name: str | None
    chain_id: str
    month: date | None
    finding_count: int
    first_period_id: int
    detail: str


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The comparison; `notes` are what a reader of the amounts must know."""

    months: tuple[Amounts, ...]
    totals: tuple[Amounts, ...]
    findings: tuple[Findings, ...]
    notes: tuple[str, ...]


def compare_draft(
    url: str, path: Path, registry: Registry, *, build: Callable[[Apart], object], months: MonthRange | None = None
) -> WhatIf:
    """Run a file over history and compare its lines with today's; nothing is left behind, and nothing else written.

    ``build`` makes dbt build what the draft changes. That is all of history, whatever ``months`` are asked for: the
    rest of a month's tiers and every carry rest on what came before.

    Raises:
        InputError: the file could not be applied.
        DraftBusyError: another draft is being tried.
        WarehouseError: the database is not reached, not migrated or not built.
        TransformError: dbt could not build the draft.
    """
    with session(url) as connection:
        if connection.execute("select to_regclass('computation.partner_commission_lines')").fetchone() == (None,):
            raise WarehouseError(f"{parse_url(url).place} has no commissions yet: run `aurora transform` first")
    with drafted(url, path, registry) as draft:
        with session(url) as connection:
            before = connection.execute(_BUILT).fetchall()
            is_behind = connection.execute(_BEHIND).fetchone() == (True,)
        build(APART)
        with session(url) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            asked = {"first": months.first if months else None, "last": months.last if months else None}
            amounts = _read(connection, Amounts, _AMOUNTS, asked)
            findings = _read(connection, Findings, _FINDINGS, asked)
            has_moved = connection.execute(_BUILT).fetchall() != before
    notes = [*([] if draft.lines else [NOTHING]), *draft.notes]
    notes += [text for text, holds in ((BEHIND, is_behind), (MOVED, has_moved)) if holds]
    return WhatIf(
        months=tuple(entry for entry in amounts if not entry.is_total),
        totals=tuple(entry for entry in amounts if entry.is_total),
        findings=tuple(findings),
        notes=tuple(notes),
    )


def _read(connection: psycopg.Connection[Any], kind: type[Any], statement: str, asked: dict[str, Any]) -> list[Any]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(statement.encode(), asked).fetchall()
