"""Landing against COPY: the same rows, the same table, the same keys; and the memory of a mainnet epoch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from itertools import islice
from typing import TYPE_CHECKING

import typer

from aurora.cli.bench_support import PeakMemory, median, scratch_database, timed
from aurora.warehouse.connection import connect

if TYPE_CHECKING:
    from loaders.envelope import Payload

_TABLE = "staging_solana_rpc.get_block"
_BUDGET_RATIO = 0.5
_BUDGET_MEGABYTES = 600


def bench_land(*, rows: int, rounds: int, epoch_rows: int) -> None:
    """Print rows a second of both, their ratio, and peak memory."""
    from loaders.endpoints import endpoint_of
    from loaders.landing import Landing
    from loaders.pipeline import land_tables
    from loaders.schema import ensure_schema

    endpoint = endpoint_of("solana_rpc", "get_block")
    payloads = list(islice(_payloads(), rows))
    copy_text = _copy_text(payloads)
    with scratch_database("aurora_bench_land") as url, connect(url, autocommit=True) as connection:
        ensure_schema(connection)

        def empty() -> None:
            connection.execute(f"truncate {_TABLE}, ops.payload_sightings, ops.touched_periods".encode())
            connection.execute("checkpoint")

        def copy() -> None:
            with connection.cursor().copy(f"copy {_TABLE} ({_COLUMNS}) from stdin".encode()) as stream:
                stream.write(copy_text)

        def whole() -> None:
            landing = Landing(url, connection)
            for payload in payloads:
                landing.add(payload)
                if landing.is_full:
                    landing.flush()
            landing.flush()

        land_tables(url, {endpoint: payloads[:100]})  # dlt's own start is no landing
        figures: dict[str, list[float]] = {"copy": [], "dlt": [], "whole": []}
        for _ in range(rounds):
            for name, work in (
                ("copy", copy),
                ("dlt", lambda: land_tables(url, {endpoint: payloads})),
                ("whole", whole),
            ):
                empty()
                figures[name].append(timed(work))
        copied, landed, complete = (median(figures[name]) for name in ("copy", "dlt", "whole"))
        typer.echo(f"{rows} payloads, medians of {rounds}:")
        typer.echo(f"  bare COPY into the keyed table      {copied:6.2f} s  {rows / copied:9.0f} rows/s")
        typer.echo(f"  landed through dlt, once only       {landed:6.2f} s  {rows / landed:9.0f} rows/s")
        typer.echo(f"  with sightings, touches and counts  {complete:6.2f} s  {rows / complete:9.0f} rows/s")
        ratio = copied / landed
        typer.echo(f"  ratio {ratio:.2f} (budget: at least {_BUDGET_RATIO}) {_verdict(ratio >= _BUDGET_RATIO)}")
        if epoch_rows:
            del payloads, copy_text
            empty()
            _measure_memory(url, epoch_rows)


def _measure_memory(url: str, rows: int) -> None:
    from loaders.landing import Landing

    with connect(url, autocommit=True) as connection, PeakMemory() as memory:
        landing = Landing(url, connection)

        def work() -> None:
            for payload in islice(_payloads(), rows):
                landing.add(payload)
                if landing.is_full:
                    landing.flush()
            landing.flush()

        seconds = timed(work)
    megabytes = memory.peak / 1024 / 1024
    typer.echo(
        f"an epoch of {rows} payloads, made and landed in chunks: {seconds:.0f} s, peak memory of the process"
        f" {megabytes:.0f} MB ({memory.added / 1024 / 1024:.0f} MB above its start;"
        f" budget: at most {_BUDGET_MEGABYTES}) {_verdict(megabytes <= _BUDGET_MEGABYTES)}"
    )


_COLUMNS = (
    "payload_id, run_id, chain_id, provider, endpoint, data_type, period_id, validator_key, request, http_status,"
    " response_hash, response_bytes, fetched_at, payload"
)


def _payloads() -> Iterator[Payload]:
    """The blocks of a mainnet-sized epoch, one after another epoch, as the loader would hand them over."""
    from aurora.sandbox import MAINNET, World, block_bodies
    from loaders.envelope import Payload, Question, canonical_request
    from loaders.json_rpc import RpcCall

    world = World(MAINNET, seed=1)
    now = datetime.now(UTC)
    for epoch in range(840, 845):
        for slot, body in block_bodies(world, epoch, has_boundary=False):
            question = Question(
                chain_id="solana",
                provider="solana_rpc",
                api="solana_rpc",
                endpoint="get_block",
                data_type="FEES",
                period_id=epoch,
                request=canonical_request("POST", "", body=RpcCall("getBlock", [slot]).envelope()),
            )
            yield Payload(question, "bench", 200, body.decode(), now)


def _copy_text(payloads: list[Payload]) -> str:
    text = StringIO()
    for p in payloads:
        q = p.question
        values = (
            p.payload_id, p.run_id, q.chain_id, q.provider, q.endpoint, q.data_type, str(q.period_id), "\\N",
            _escaped(q.request), str(p.http_status), p.response_hash, str(p.response_bytes), p.fetched_at.isoformat(),
            _escaped(p.body),
        )  # fmt: skip
        text.write("\t".join(values) + "\n")
    return text.getvalue()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def _verdict(is_within: bool) -> str:
    return "ok" if is_within else "MISSED"
