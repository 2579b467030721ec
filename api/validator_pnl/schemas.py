"""P&L as clients see it: every amount twice, in the native unit and in base units, both as text."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.chains.schemas import ChainUnits
from api.kit.amounts import BaseUnits, NativeAmount
from api.kit.pagination import NextCursor, PageQuery

AMOUNTS = (
    "exec_fees",
    "mev_tips",
    "vote_rewards",
    "commission",
    "other_income",
    "total_revenue",
    "vote_cost",
    "other_cost",
    "total_cost",
    "partner_commissions",
    "net",
)
"""The amounts of a P&L; each is two fields, ``_native`` and ``_base_units``."""


class PnlQuery(PageQuery):
    """Which periods, and how many of them a page holds."""

    model_config = ConfigDict(extra="forbid")

    first: Annotated[
        str | None,
        Field(
            alias="from",
            max_length=20,
            description="The first period, included: an epoch, or a day as YYYY-MM-DD or YYYYMMDD.",
        ),
    ] = None
    last: Annotated[
        str | None,
        Field(alias="to", max_length=20, description="The last period, included; written as from."),
    ] = None


class PeriodPnl(BaseModel):
    """The P&L of one period. An unknown amount is null, and so is every sum over it: missing is not zero."""

    period_id: int = Field(examples=[841], description="The epoch, or the UTC day as YYYYMMDD.")
    starts_at: datetime | None = Field(description="When the period began, UTC.")
    ends_at: datetime | None = Field(description="When it ended, exclusive; null while it runs.")
    is_finalized: bool = Field(
        description="Whether the chain can no longer change it; before, amounts are provisional."
    )
    is_complete: bool = Field(description="Whether every component is known.")
    missing_data_types: list[str] = Field(description="What is not known: data types, as in FEES.")
    exec_fees_native: NativeAmount | None = Field(description="Fees of the blocks it led; null: unknown.")
    exec_fees_base_units: BaseUnits | None = Field(description="The same in base units.")
    mev_tips_native: NativeAmount | None = Field(description="Its share of MEV tips; null: unknown.")
    mev_tips_base_units: BaseUnits | None = Field(description="The same in base units.")
    vote_rewards_native: NativeAmount | None = Field(description="Rewards of the operator's own stake; null: unknown.")
    vote_rewards_base_units: BaseUnits | None = Field(description="The same in base units.")
    commission_native: NativeAmount | None = Field(description="Commission on delegators' rewards; null: unknown.")
    commission_base_units: BaseUnits | None = Field(description="The same in base units.")
    other_income_native: NativeAmount | None = Field(description="Other income; null: unknown.")
    other_income_base_units: BaseUnits | None = Field(description="The same in base units.")
    total_revenue_native: NativeAmount | None = Field(description="Sum of the five above; null: unknown.")
    total_revenue_base_units: BaseUnits | None = Field(description="The same in base units.")
    vote_cost_native: NativeAmount | None = Field(description="Cost of voting, positive; null: unknown.")
    vote_cost_base_units: BaseUnits | None = Field(description="The same in base units.")
    other_cost_native: NativeAmount | None = Field(description="Other costs, positive; null: unknown.")
    other_cost_base_units: BaseUnits | None = Field(description="The same in base units.")
    total_cost_native: NativeAmount | None = Field(description="Sum of the two costs; null: unknown.")
    total_cost_base_units: BaseUnits | None = Field(description="The same in base units.")
    partner_commissions_native: NativeAmount | None = Field(description="What partners are owed; null: unknown.")
    partner_commissions_base_units: BaseUnits | None = Field(description="The same in base units.")
    net_native: NativeAmount | None = Field(
        description="total_revenue less total_cost less partner_commissions; null: unknown."
    )
    net_base_units: BaseUnits | None = Field(description="The same in base units.")


class ValidatorPnl(ChainUnits):
    """A validator's P&L, by period."""

    validator_key: str
    items: list[PeriodPnl]
    next_cursor: NextCursor
