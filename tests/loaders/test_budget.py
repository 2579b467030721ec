"""A provider's monthly budget is kept over its loads, and begins anew with the UTC month."""

from __future__ import annotations

from datetime import UTC, datetime

from loaders.budget import MonthlyBudget


def test_a_used_up_budget_says_so_and_when_it_begins_anew() -> None:
    budget = MonthlyBudget(3, used=1, now=datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    budget.count()
    assert not budget.is_used_up
    budget.count()
    assert budget.is_used_up
    assert "budget of 3 requests a month" in str(budget)
    assert "2027-01-01" in str(budget)


def test_more_used_than_allowed_leaves_none() -> None:
    assert MonthlyBudget(10, used=12).is_used_up
