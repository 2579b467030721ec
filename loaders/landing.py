"""Landing: the only module that writes payloads.

Payloads go through dlt as Arrow, once only by ``payload_id``; then one transaction writes the sightings and the
touched periods. A load killed in between leaves payloads that nothing has seen, which count nowhere and are found
again by the next load.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from loaders.endpoints import ENDPOINTS, REJECTED, Endpoint, endpoint_of
from loaders.envelope import Payload, RejectedPayload
from loaders.pipeline import land_tables
from loaders.runs import Run

CHUNK_ROWS = 25_000
CHUNK_BYTES = 64 * 1024 * 1024


@dataclass(slots=True)
class Chunk:
    """Payloads and rejected payloads that are landed together."""

    payloads: list[Payload]
    rejected: list[RejectedPayload]
    size: int = 0


class Landing:
    """Collects the payloads of a load and lands them in chunks of bounded size."""

    def __init__(self, url: str, connection: psycopg.Connection, runs: Iterable[Run] = ()) -> None:
        """``connection`` is autocommit; ``runs`` are those whose counters the landing keeps."""
        self._url = url
        self._connection = connection
        self._runs = {run.run_id: run for run in runs}
        self._buffer = Chunk([], [])

    def track(self, run: Run) -> None:
        """Keep the counters of one more run."""
        self._runs[run.run_id] = run

    @property
    def is_full(self) -> bool:
        """Whether the buffer should be landed before more is fetched."""
        return len(self._buffer.payloads) >= CHUNK_ROWS or self._buffer.size >= CHUNK_BYTES

    def add(self, payload: Payload) -> None:
        """Take an acceptable answer."""
        self._buffer.payloads.append(payload)
        self._buffer.size += 2 * payload.response_bytes + len(payload.question.request)
        run = self._runs.get(payload.run_id)
        if run is not None:
            run.records_fetched += 1

    def reject(self, rejected: RejectedPayload) -> None:
        """Take an answer that is kept but never typed."""
        self._buffer.rejected.append(rejected)
        self._buffer.size += len(rejected.body)
        run = self._runs.get(rejected.run_id)
        if run is not None:
            run.records_rejected += 1

    def take(self) -> Chunk:
        """What is buffered, handed over to be landed."""
        chunk, self._buffer = self._buffer, Chunk([], [])
        return chunk

    def flush(self) -> None:
        """Land what is buffered."""
        self.land(self.take())

    def land(self, buffer: Chunk) -> None:
        """Land a chunk: payloads, then sightings and touches in one transaction."""
        if not buffer.payloads and not buffer.rejected:
            return
        by_endpoint: dict[Endpoint, list[Payload]] = defaultdict(list)
        for payload in buffer.payloads:
            by_endpoint[endpoint_of(payload.question.api, payload.question.endpoint)].append(payload)
        unlanded = {endpoint: self._unlanded(endpoint, payloads) for endpoint, payloads in by_endpoint.items()}
        land_tables(self._url, unlanded)
        with self._connection.transaction():
            self._write_rejected(buffer.rejected)
            self._write_sightings(buffer.payloads)
        for endpoint, payloads in by_endpoint.items():
            self._count(payloads, unlanded[endpoint])

    def analyze(self) -> None:
        """Refresh the statistics that scopes are planned by (SHAPE.md, Indexes)."""
        for endpoint in ENDPOINTS:
            self._connection.execute(
                sql.SQL("analyze {} (period_id)").format(sql.Identifier(endpoint.schema, endpoint.name))
            )
        self._connection.execute("analyze ops.payload_sightings (period_id)")

    def _unlanded(self, endpoint: Endpoint, payloads: Sequence[Payload]) -> list[Payload]:
        by_id = {payload.payload_id: payload for payload in payloads}
        query = sql.SQL("select payload_id from {} where payload_id = any(%s)").format(
            sql.Identifier(endpoint.schema, endpoint.name)
        )
        for (payload_id,) in self._connection.execute(query, (list(by_id),)):
            del by_id[payload_id]
        return list(by_id.values())

    def _count(self, payloads: Sequence[Payload], staged: Sequence[Payload]) -> None:
        staged_ids = {payload.payload_id for payload in staged}
        for payload in payloads:
            run = self._runs.get(payload.run_id)
            if run is None:
                continue
            if payload.payload_id in staged_ids:
                staged_ids.discard(payload.payload_id)
                run.records_staged += 1
            else:
                run.records_unchanged += 1

    def _write_rejected(self, rejected: Sequence[RejectedPayload]) -> None:
        for item in rejected:
            question = item.question
            self._connection.execute(
                sql.SQL(
                    "insert into {} (payload_id, run_id, chain_id, provider, endpoint, data_type, period_id,"
                    " validator_key, request, http_status, response_hash, response_bytes, fetched_at, error_kind,"
                    " reason, payload) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
                    " on conflict (payload_id, run_id) do nothing"
                ).format(sql.Identifier(f"staging_{question.api}", REJECTED)),
                (
                    item.payload_id,
                    item.run_id,
                    question.chain_id,
                    question.provider,
                    question.endpoint,
                    question.data_type,
                    question.period_id,
                    question.validator_key,
                    question.request,
                    item.http_status,
                    item.response_hash,
                    len(item.body),
                    item.fetched_at,
                    item.error_kind,
                    item.reason,
                    item.body,
                ),
            )

        touched = {(r.question.chain_id, r.question.data_type, r.question.period_id, r.run_id) for r in rejected}
        touch_periods(self._connection, touched)

    def _write_sightings(self, payloads: Sequence[Payload]) -> None:
        if not payloads:
            return
        self._connection.execute(
            "create temporary table sightings_now (payload_id text, run_id text, seen_at timestamptz, chain_id text,"
            " provider text, endpoint text, data_type text, period_id bigint, request_id uuid) on commit drop"
        )
        with self._connection.cursor().copy("copy sightings_now from stdin") as copy:
            for payload in payloads:
                question = payload.question
                copy.write_row(
                    (
                        payload.payload_id,
                        payload.run_id,
                        payload.fetched_at,
                        question.chain_id,
                        question.provider,
                        question.endpoint,
                        question.data_type,
                        question.period_id,
                        question.request_id,
                    )
                )
        self._connection.execute(_TOUCH_CHANGED_ANSWERS)
        self._connection.execute(_INSERT_SIGHTINGS)


_TOUCH_CHANGED_ANSWERS = """
insert into ops.touched_periods (chain_id, data_type, period_id, run_id)
select distinct now_seen.chain_id, now_seen.data_type, now_seen.period_id, now_seen.run_id
from sightings_now as now_seen
left join (
    select distinct on (earlier.request_id) earlier.request_id, earlier.payload_id
    from ops.payload_sightings as earlier
    where earlier.period_id = any(array(select distinct period_id from sightings_now))
        and earlier.request_id in (select request_id from sightings_now)
    order by earlier.request_id, earlier.seen_at desc, earlier.sighting_id desc
) as counting on counting.request_id = now_seen.request_id
where counting.payload_id is distinct from now_seen.payload_id
"""

_INSERT_SIGHTINGS = """
insert into ops.payload_sightings
    (payload_id, run_id, seen_at, chain_id, provider, endpoint, data_type, period_id, request_id)
select payload_id, run_id, seen_at, chain_id, provider, endpoint, data_type, period_id, request_id
from sightings_now
order by seen_at
"""


def touch_periods(connection: psycopg.Connection, touched: Iterable[tuple[str, str, int, str]]) -> None:
    """Write touches (chain_id, data_type, period_id, run_id) in the caller's transaction."""
    for row in sorted(touched):
        connection.execute(
            "insert into ops.touched_periods (chain_id, data_type, period_id, run_id) values (%s, %s, %s, %s)", row
        )
