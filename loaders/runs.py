"""Run tracking: one row of ``ops.ingestion_runs`` per endpoint of a provider and load.

A run holds a session advisory lock on its id while it lives. One that is RUNNING though its lock can be taken was
killed: the next load marks it FAILED (DESIGN.md, Landing).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

import psycopg

from loaders.endpoints import Endpoint

_MAXIMUM_MESSAGE = 2000

_NOTE_PERIOD = """
insert into ops.asked_periods (chain_id, provider, endpoint, period_id, is_answered, run_id, asked_at)
values (%s, %s, %s, %s, %s, %s, %s)
on conflict (chain_id, provider, endpoint, period_id) do update
set is_answered = excluded.is_answered, run_id = excluded.run_id, asked_at = excluded.asked_at
"""


@dataclass(slots=True)
class Run:
    """What one endpoint of a provider was asked in one load, and what came of it."""

    chain_id: str
    provider: str
    endpoint: Endpoint
    period_from: int
    period_to: int
    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    requests: int = 0
    retries: int = 0
    requests_noted: int = 0
    uses: int = 0
    records_fetched: int = 0
    records_staged: int = 0
    records_unchanged: int = 0
    records_rejected: int = 0
    failures: int = 0
    error_type: str | None = None
    error_message: str | None = None

    @property
    def status(self) -> str:
        """SUCCESS, PARTIAL or FAILED, by what was answered and what was not."""
        if self.failures == 0 and self.records_rejected == 0:
            return "SUCCESS"
        return "PARTIAL" if self.records_fetched else "FAILED"

    @property
    def mark(self) -> Mark:
        """How often it was used, and how many of its questions were left open."""
        return self.uses, self.failures + self.records_rejected

    def fail(self, kind: str, message: str) -> None:
        """Count a question that stays unanswered; the first reason is the one that is kept."""
        self.failures += 1
        if self.error_message is None:
            self.error_type = kind
            self.error_message = message[:_MAXIMUM_MESSAGE]


Mark = tuple[int, int]
"""How often a run was used, and how many of its questions were left open."""


class RunLog:
    """The runs of one load: their rows, and the locks that say that they live."""

    def __init__(self, connection: psycopg.Connection) -> None:
        """``connection`` is autocommit and the load's own: its session holds the locks."""
        self._connection = connection
        self.runs: list[Run] = []

    def reap(self) -> int:
        """Mark the runs of killed loads FAILED; gives how many."""
        dead = 0
        open_runs = self._connection.execute(
            "select run_id from ops.ingestion_runs where status in ('PENDING', 'RUNNING') order by started_at"
        ).fetchall()
        for (run_id,) in open_runs:
            key = _lock_key(run_id)
            locked = self._connection.execute("select pg_try_advisory_lock(%s)", (key,)).fetchone()
            if locked is None or not locked[0]:
                continue
            self._connection.execute(
                "update ops.ingestion_runs set status = 'FAILED', finished_at = now(), error_type = 'Killed',"
                " error_message = 'the load ended without saying so; load the period again'"
                " where run_id = %s and status in ('PENDING', 'RUNNING')",
                (run_id,),
            )
            self._connection.execute("select pg_advisory_unlock(%s)", (key,))
            dead += 1
        return dead

    def begin(self, run: Run) -> Run:
        """Record the run as RUNNING and take its lock."""
        self._connection.execute("select pg_advisory_lock(%s)", (_lock_key(run.run_id),))
        self._connection.execute(
            "insert into ops.ingestion_runs (run_id, chain_id, provider, endpoint, data_type, period_from, period_to,"
            " is_present_view, status, started_at) values (%s, %s, %s, %s, %s, %s, %s, %s, 'RUNNING', %s)",
            (
                run.run_id,
                run.chain_id,
                run.provider,
                run.endpoint.name,
                run.endpoint.data_type,
                run.period_from,
                run.period_to,
                run.endpoint.is_present_view,
                run.started_at,
            ),
        )
        self.runs.append(run)
        return run

    def note_requests(self) -> None:
        """Write down what was sent until now: a month's budget counts it, whatever becomes of the load."""
        for run in self.runs:
            if run.requests != run.requests_noted:
                self._connection.execute(
                    "update ops.ingestion_runs set requests = %s, retries = %s"
                    " where run_id = %s and status = 'RUNNING'",
                    (run.requests, run.retries, run.run_id),
                )
                run.requests_noted = run.requests

    def marks(self) -> dict[str, Mark]:
        """Where each run stands now, for :meth:`note_periods`."""
        return {run.run_id: run.mark for run in self.runs}

    def note_periods(self, periods: Iterable[int], *, since: Mapping[str, Mark], asked_at: datetime) -> None:
        """Write down which endpoints were asked about the periods since ``since``, and whether all was answered.

        A load that is killed later, or runs out of its budget, need not ask about them again.
        """
        used = [
            (run, (run.mark[1] == before[1]))
            for run in self.runs
            if not run.endpoint.is_present_view and (before := since.get(run.run_id, (0, 0))) != run.mark
        ]
        rows = [
            (run.chain_id, run.provider, run.endpoint.name, period, is_answered, run.run_id, asked_at)
            for period in periods
            for run, is_answered in used
        ]
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(_NOTE_PERIOD, rows)

    def finish(self, runs: Iterable[Run] | None = None) -> None:
        """Write what came of the runs and let their locks go."""
        for run in list(runs if runs is not None else self.runs):
            self._connection.execute(
                "update ops.ingestion_runs set status = %s, finished_at = now(), period_from = %s,"
                " period_to = %s, requests = %s, retries = %s,"
                " records_fetched = %s, records_staged = %s, records_unchanged = %s, records_rejected = %s,"
                " error_type = %s, error_message = %s where run_id = %s and status = 'RUNNING'",
                (
                    run.status,
                    run.period_from,
                    run.period_to,
                    run.requests,
                    run.retries,
                    run.records_fetched,
                    run.records_staged,
                    run.records_unchanged,
                    run.records_rejected,
                    run.error_type,
                    run.error_message,
                    run.run_id,
                ),
            )
            self._connection.execute("select pg_advisory_unlock(%s)", (_lock_key(run.run_id),))

    def abandon(self, kind: str, message: str) -> None:
        """The load itself failed: every run still RUNNING becomes FAILED with the reason."""
        for run in self.runs:
            self._connection.execute(
                "update ops.ingestion_runs set status = 'FAILED', finished_at = now(), error_type = %s,"
                " error_message = %s, requests = %s, retries = %s where run_id = %s and status = 'RUNNING'",
                (kind, message[:_MAXIMUM_MESSAGE], run.requests, run.retries, run.run_id),
            )


def _lock_key(run_id: str) -> int:
    return int.from_bytes(sha256(run_id.encode()).digest()[:8], "big", signed=True)
