"""Statements as clients see them: every amount twice, in the native unit and in base units, both as text."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.chains.schemas import ChainUnits
from api.kit.amounts import BaseUnits, NativeAmount
from api.kit.pagination import NextCursor, PageQuery
from api.statements.models import Status

STATEMENT_AMOUNTS = ("lines", "adjustments", "total_commission", "carried", "minimum_payout", "payout", "balance")
"""The amounts of a statement; each is two fields, ``_native`` and ``_base_units``."""

LINE_AMOUNTS = ("attributed_amount", "amount", "recomputed_amount", "memo")
"""The amounts of a line."""


class StatementQuery(PageQuery):
    """Which statements, and how many of them a page holds."""

    model_config = ConfigDict(extra="forbid")

    chain_id: Annotated[
        str | None, Field(max_length=100, description="Only statements of this chain; absent: of all.")
    ] = None


class FiatTotal(BaseModel):
    """What a total was worth: a memo, the native amount is what counts."""

    currency: str = Field(examples=["USD"], description="The currency's code.")
    amount: str = Field(examples=["198.31"], description="In the currency, to the cent.")


class FiatMemo(FiatTotal):
    """What a line was worth at the end of its period."""

    price: str = Field(description="What one native unit was worth.", examples=["148.73"])


class Statement(ChainUnits):
    """What a partner is owed for a calendar month on a chain."""

    statement_id: str = Field(description="The statement; another revision has another id.")
    statement_month: date = Field(examples=["2026-01-01"], description="The first day of the month, UTC.")
    revision: int = Field(description="From 1: a void statement is followed by another revision.")
    status: Status = Field(description="Where it is in its life; a partner sees it from RELEASED on.")
    line_count: int | None = Field(description="How many lines it has; null: voided before its approval.")
    lines_native: NativeAmount | None = Field(description="Sum of the lines of the month.")
    lines_base_units: BaseUnits | None = Field(description="The same in base units.")
    adjustments_native: NativeAmount | None = Field(description="Sum of the corrections of earlier months.")
    adjustments_base_units: BaseUnits | None = Field(description="The same in base units.")
    total_commission_native: NativeAmount | None = Field(description="Lines and adjustments together.")
    total_commission_base_units: BaseUnits | None = Field(description="The same in base units.")
    carried_native: NativeAmount | None = Field(description="Balance brought forward; a debt is negative.")
    carried_base_units: BaseUnits | None = Field(description="The same in base units.")
    minimum_payout_native: NativeAmount | None = Field(description="A balance below it is carried.")
    minimum_payout_base_units: BaseUnits | None = Field(description="The same in base units.")
    payout_native: NativeAmount | None = Field(description="What is paid; never negative.")
    payout_base_units: BaseUnits | None = Field(description="The same in base units.")
    balance_native: NativeAmount | None = Field(description="What is carried to the next month.")
    balance_base_units: BaseUnits | None = Field(description="The same in base units.")
    fiat_totals: list[FiatTotal] = Field(description="The total by currency; none where a line has no price.")
    content_hash: str | None = Field(description="SHA-256 over what it states; null: a draft.")
    approved_at: datetime | None = Field(description="When it was approved, UTC.")
    released_at: datetime | None = Field(description="When it was released, UTC.")
    paid_at: datetime | None = Field(description="When it was paid, UTC.")
    payment_reference: str | None = Field(description="By which payment.")


class StatementPage(BaseModel):
    """A partner's statements, by month, chain and revision."""

    partner_id: str = Field(description="The partner.")
    partner_name: str = Field(description="The partner's name.")
    items: list[Statement] = Field(description="The statements.")
    next_cursor: NextCursor


class StatementLine(BaseModel):
    """One line of a statement."""

    line_number: int = Field(description="Its place in the statement, from 1.")
    line_kind: str = Field(description="LINE, ADJUSTMENT, or WRITE_OFF.")
    line_id: str = Field(description="The line, or the adjustment.")
    agreement_id: str = Field(description="The agreement.")
    agreement_version: int | None = Field(description="The version of it that was in force.")
    rule_key: str = Field(description="The rule of the version.")
    period_id: int = Field(examples=[841], description="The epoch, or the UTC day as YYYYMMDD.")
    validator_key: str = Field(description="The validator.")
    revenue_component: str = Field(examples=["MEV_TIPS"], description="Which of its revenue.")
    attribution_method: str | None = Field(description="How revenue is attributed; null for a correction.")
    attribution_basis: str | None = Field(description="OBSERVED or STAKE_APPORTIONED, where it is by clients.")
    weight_basis: str | None = Field(description="STAKE_OBSERVED or REWARD_APPORTIONED, where it is by weight.")
    attributed_amount_native: NativeAmount | None = Field(description="What the rate applies to, truncated.")
    attributed_amount_base_units: BaseUnits | None = Field(description="The same in base units.")
    commission_rate_bps: int | None = Field(description="The rate in basis points; null where tiers say it.")
    amount_native: NativeAmount = Field(description="What is stated; 0 for a write-off.")
    amount_base_units: BaseUnits = Field(description="The same in base units.")
    recomputed_amount_native: NativeAmount | None = Field(description="What the corrected line came to.")
    recomputed_amount_base_units: BaseUnits | None = Field(description="The same in base units.")
    memo_native: NativeAmount | None = Field(description="What a write-off does not claim back.")
    memo_base_units: BaseUnits | None = Field(description="The same in base units.")
    reason_code: str | None = Field(description="Why it is corrected; null for a line.")
    corrects_line_id: str | None = Field(description="The line that it corrects.")
    fiat: list[FiatMemo] = Field(description="What it was worth, by currency; a memo.")


class StatementDetail(Statement):
    """A statement with its lines."""

    partner_id: str = Field(description="The partner.")
    partner_name: str = Field(description="The partner's name.")
    items: list[StatementLine] = Field(description="Its lines, by number.")
    next_cursor: NextCursor
