"""A provider's monthly budget (``rate_limit.monthly_budget``): requests of the UTC month, over all of its loads."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg

from aurora.registry import Provider

_USED = """
select coalesce(sum(requests), 0)
from ops.ingestion_runs
where provider = %s and started_at >= date_trunc('month', now() at time zone 'UTC') at time zone 'UTC'
"""


class MonthlyBudget:
    """What is left of a month's requests; shared by all hosts of a provider. As text: why nothing more is sent."""

    def __init__(self, allowed: int, *, used: int = 0, now: datetime | None = None) -> None:
        """``used``: requests of this month so far; ``now`` is aware UTC."""
        self.allowed = allowed
        self.used = used
        month = (now or datetime.now(UTC)).replace(day=1)
        self._renewed = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1).date()

    def __str__(self) -> str:
        return f"its budget of {self.allowed} requests a month is used up, and begins anew on {self._renewed}"

    @property
    def is_used_up(self) -> bool:
        """Whether another request would be beyond it."""
        return self.used >= self.allowed

    def count(self) -> None:
        """A request is sent."""
        self.used += 1


def budget_of(connection: psycopg.Connection, provider: Provider) -> MonthlyBudget | None:
    """A provider's budget less what its runs of this UTC month have sent; None where it has none."""
    allowed = provider.rate_limit.monthly_budget
    if allowed is None:
        return None
    row = connection.execute(_USED, (provider.provider,)).fetchone()
    return MonthlyBudget(allowed, used=int(row[0]) if row else 0)
