"""A statement as a reader meets it: every text that HTML and PDF show, in its order.

All amounts are text as `amounts.shown` writes it; ``plain`` ones beside them are for machines.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount twice: as people read it and as machines do; the latter is empty where there is none."""

    shown: str
    plain: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A total with its name, and what it is made of in a few words."""

    label: str
    amount: Amount
    note: str = ""
    is_sum: bool = False
    """Whether a rule is drawn above it."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something about the statement that is no amount."""

    label: str
    text: str
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the month."""

    number: int
    period: str
    component: str
    base: str
    attributed: str
    rate: str
    amount: Amount
    note: str


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The lines of a validator under a rule of an agreement's version."""

    rule_key: str
    method: str
    agreement: str
    rows: list[Row]
    subtotal: Amount


@dataclass(frozen=True, slots=True)
class ValidatorGroup:
    """The lines of a validator, by rule."""

    validator_key: str
    line_count: int
    rules: list[RuleGroup]
    subtotal: Amount


@dataclass(frozen=True, slots=True)
class Evidence:
    """A payload that changed: who sent it and when, and its id."""

    words: str
    payload_id: str


@dataclass(frozen=True, slots=True)
class Correction:
    """An adjustment or a write-off, with the line that it corrects."""

    number: int
    period: str
    validator_key: str
    component: str
    rule_key: str
    reason_code: str
    reason: str
    evidence: list[Evidence]
    more_evidence: str
    corrects: str
    corrects_line_id: str
    first_stated: str
    recomputed: str
    amount: Amount
    """What is stated; 0 for a write-off."""
    written_off: Amount | None
    """What is not claimed back; None for an adjustment."""


@dataclass(frozen=True, slots=True)
class ChartTable:
    """The numbers of the chart: a row a period, a column a component, with sums at both edges."""

    components: list[str]
    rows: list[ChartRow]
    totals: list[str]
    total: str
    letters: int
    """How many letters the longest of its amounts has."""


@dataclass(frozen=True, slots=True)
class ChartRow:
    """What a period earned, by component and together."""

    period: str
    amounts: list[str]
    total: str


@dataclass(frozen=True, slots=True)
class Document:
    """A statement, ready to be laid out."""

    title: str
    partner: str
    chain: str
    month: str
    revision: int
    unit: str
    status: str
    marking: str | None
    """What is written across every page; None for a statement that counts."""
    warning: str
    """What that means."""
    payout: Amount
    totals: list[Figure]
    memos: list[Fact]
    facts: list[Fact]
    period_noun: str
    """``Epoch`` or ``Day``."""
    chart_summary: str
    chart: ChartTable
    validators: list[ValidatorGroup]
    line_letters: list[int]
    """How many letters the longest base, attributed amount, rate and amount of the lines have."""
    adjustments: list[Correction]
    adjustments_total: Amount
    write_offs: list[Correction]
    written_off_total: str
    line_count: int
    content_hash: str | None
    """SHA-256 in hexadecimal over what was approved; None for what is not frozen."""
    verify_command: str
