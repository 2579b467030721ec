"""Whatever is corrected and approved in whatever order: what is stated over all time is what is computed today."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.statements.desk import Cell, Desk, lamports, month_of

pytestmark = pytest.mark.slow

PERIODS = (202501, 202502, 202503, 202504)
VALIDATORS = ("Vote1", "Vote2")


@dataclass(frozen=True, slots=True)
class Correction:
    """A line is computed to be something else; None: there is no line any more."""

    cell: Cell
    amount: int | None


@dataclass(frozen=True, slots=True)
class Approval:
    """The earliest open month is frozen."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The last frozen month is voided."""


cells = st.builds(Cell, st.sampled_from(PERIODS), st.sampled_from(VALIDATORS))
# Few amounts, so that one returns that was there before.
corrections = st.builds(Correction, cells, st.one_of(st.none(), st.integers(-3, 3)))
steps = st.lists(
    st.one_of(corrections, corrections, st.builds(Approval), st.builds(Withdrawal)), min_size=4, max_size=10
)


def _apply(desk: Desk, step: object, amounts: dict[Cell, int]) -> None:
    statements = [
        (month, one["status"]) for (month, _), one in sorted(desk.statements().items()) if one["status"] != "VOID"
    ]
    if isinstance(step, Correction):
        if step.amount is None:
            amounts.pop(step.cell, None)
        else:
            amounts[step.cell] = step.amount
    elif isinstance(step, Approval):
        is_open = [month for month, status in statements if status == "DRAFT"]
        if is_open and is_open[0] < "2025-12":
            desk.freeze(is_open[0])
    else:
        is_frozen = [month for month, status in statements if status == "APPROVED"]
        if is_frozen:
            desk.void(is_frozen[-1])


def _holds(desk: Desk, amounts: dict[Cell, int]) -> None:
    stated: dict[tuple[int, str], int] = {}
    for row in desk.warehouse.rows(
        "select period_id, validator_key, sum(amount_native) as amount_native"
        " from computation.partner_commission_statement_lines where status <> 'VOID' group by 1, 2"
    ):
        stated[row["period_id"], row["validator_key"]] = lamports(row["amount_native"]) or 0
    written_off = {
        (one["period_id"], one["validator_key"], one["recomputed_amount"], one["memo"])
        for one in desk.adjustments()
        if one["adjustment_type"] == "WRITE_OFF"
    }
    computed = {(cell.period_id, cell.validator): amount for cell, amount in amounts.items()}
    for key in stated.keys() | computed.keys():
        missing = computed.get(key, 0) - stated.get(key, 0)
        assert missing == 0 or (*key, computed.get(key, 0), missing) in written_off, key
    balances = [(one["carried"], one["balance"]) for one in desk.statements().values() if one["status"] != "VOID"]
    left = [0, *(balance for _, balance in balances)]
    assert [carried for carried, _ in balances] == left[: len(balances)]


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(clawback_months=st.sampled_from([None, 0, 1, 2]), moves=steps)
def test_what_is_stated_is_what_is_computed_but_for_what_was_written_off(
    desk: Desk, clawback_months: int | None, moves: list[object]
) -> None:
    desk.begin_anew()
    desk.execute("alter table app.agreement_versions disable trigger user")
    desk.execute("update app.agreement_versions set clawback_months = %s", clawback_months)
    amounts: dict[Cell, int] = {}
    desk.compute(amounts)
    frozen: dict[str, object] = {}
    for step in moves:
        _apply(desk, step, amounts)
        desk.compute(amounts)
        _holds(desk, amounts)
        for row in desk.warehouse.rows(
            "select statement_id::text as statement_id, status,"
            " array_agg(lines.* order by lines.line_number)::text as lines"
            " from app.statements left join app.statement_lines as lines using (statement_id)"
            " where approved_at is not null group by 1, 2"
        ):
            assert frozen.setdefault(row["statement_id"], row["lines"]) == row["lines"]
    desk.check()
    again = desk.adjustments()
    desk.build()
    assert desk.adjustments() == again
    if clawback_months is None:
        total = sum(amounts.values())
        assert sum(one["total_commission"] for one in desk.statements().values() if one["status"] != "VOID") == total


def test_the_tests_of_the_models_find_what_is_wrong(desk: Desk) -> None:
    desk.compute({202501: 1000, 202502: 1}, with_tests=True)
    desk.execute("update computation.statement_draft_lines set amount_native = 0.000000999 where period_id = 202501")
    with pytest.raises(AssertionError, match=r"statements_sum_their_lines|statements_state_what_is_computed"):
        desk.check()
    assert month_of(202502).month == 2
