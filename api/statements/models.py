"""A statement as its life cycle sees it, and why a move is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from aurora.errors import AuroraError


class StatementError(AuroraError):
    """A move that the rules of statements do not allow; the message names the statement, the thing and the rule."""


class Status(StrEnum):
    """Where a statement is in its life."""

    DRAFT = "DRAFT"
    """Computed with every transform."""
    PENDING_APPROVAL = "PENDING_APPROVAL"
    """Submitted; back to DRAFT if what it states changes."""
    APPROVED = "APPROVED"
    """Copied and frozen."""
    RELEASED = "RELEASED"
    """The partner sees it."""
    PAID = "PAID"
    VOID = "VOID"
    """Counts no more; the next revision does."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Which statement is meant: by its id, or the one of a partner (name or id), chain and month that counts."""

    statement_id: str | None = None
    partner: str | None = None
    chain_id: str | None = None
    month: date | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What keeps a statement from approval."""

    code: str
    period_id: int
    validator_key: str | None
    detail: str

    def __str__(self) -> str:
        of_validator = f", validator {self.validator_key}" if self.validator_key else ""
        return f"{self.code} in period {self.period_id}{of_validator} ({self.detail})"


@dataclass(frozen=True, slots=True)
class Statement:
    """A row of ``computation.partner_commission_statements``."""

    columns: Mapping[str, Any]

    @property
    def statement_id(self) -> str:
        return str(self.columns["statement_id"])

    @property
    def status(self) -> Status:
        return Status(self.columns["status"])

    @property
    def month(self) -> date:
        month: date = self.columns["statement_month"]
        return month

    def __str__(self) -> str:
        """How messages name it."""
        revision = self.columns["revision"]
        later = f" (revision {revision})" if revision > 1 else ""
        return f"statement {self.month:%Y-%m} of {self.columns['partner_name']} on {self.columns['chain_id']}{later}"


@dataclass(frozen=True, slots=True)
class StatementDetail:
    """A statement with its lines, and what keeps it from approval."""

    statement: Statement
    lines: list[dict[str, Any]]
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a frozen statement still says what was approved."""

    statement_id: str
    recorded_hash: str
    computed_hash: str

    @property
    def holds(self) -> bool:
        return self.recorded_hash == self.computed_hash
