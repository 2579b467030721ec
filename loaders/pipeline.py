"""dlt, and nothing else of it: payloads as Arrow, insert-only by ``payload_id``, as parquet over ADBC.

The shape and its figures are in docs/decisions.md (landing). Each call works in a temporary folder of its own, so that
a package left pending by a killed load cannot reach the next one; what was not landed is fetched again.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from aurora.errors import WarehouseError
from loaders.endpoints import Endpoint
from loaders.envelope import Payload

if TYPE_CHECKING:
    import pyarrow as pa

FILE_ROWS = 25_000

_CONFIGURATION = {
    "DATA_WRITER__FILE_MAX_ITEMS": str(FILE_ROWS),
    "LOAD__WORKERS": "2",
    "EXTRACT__WORKERS": "1",
    "NORMALIZE__WORKERS": "1",
    "RESTORE_FROM_DESTINATION": "false",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
}


def land_tables(url: str, tables: Mapping[Endpoint, Sequence[Payload]]) -> None:
    """Land payloads of any number of endpoints; one pipeline run per landing schema.

    Raises:
        WarehouseError: dlt could not load a package; nothing of it counts, since no sighting was written.
    """
    for schema in dict.fromkeys(endpoint.schema for endpoint in tables):
        arrow = {
            endpoint.name: arrow_tables(payloads)
            for endpoint, payloads in tables.items()
            if endpoint.schema == schema and payloads
        }
        if arrow:
            land_arrow(url, schema, arrow)


def land_arrow(url: str, schema: str, tables: Mapping[str, Iterator[pa.Table]]) -> None:
    """Land Arrow tables of the payload's shape (``arrow_schema``) into ``schema``.

    Raises:
        WarehouseError: as ``land_tables``.
    """
    os.environ.update(_CONFIGURATION)
    import dlt
    from dlt.destinations.exceptions import DatabaseException
    from dlt.pipeline.exceptions import PipelineStepFailed

    with tempfile.TemporaryDirectory(prefix="aurora-landing-") as folder:
        pipeline = dlt.pipeline(
            pipeline_name=f"aurora_{schema}",
            pipelines_dir=folder,
            destination=dlt.destinations.postgres(
                credentials=_dlt_url(url),
                create_indexes=False,
                # dlt's own scratch, apart from the schemas that people query.
                staging_dataset_name_layout="dlt_scratch_%s",
            ),
            dataset_name=schema,
        )
        resources = [
            dlt.resource(
                chunks,
                name=name,
                primary_key="payload_id",
                write_disposition={"disposition": "merge", "strategy": "insert-only"},
                schema_contract={"columns": "freeze", "data_type": "freeze"},
                columns=_column_hints(),
            )
            for name, chunks in tables.items()
        ]
        try:
            # The format is named: without its driver dlt would only warn and take one ten times slower.
            info = pipeline.run(resources, loader_file_format="parquet")
            info.raise_on_failed_jobs()
        except (PipelineStepFailed, DatabaseException) as error:
            raise WarehouseError(
                f"landing into {schema} failed: {_first_line(error)}; load the period again"
            ) from error


def arrow_tables(payloads: Sequence[Payload]) -> Iterator[pa.Table]:
    """Payloads as Arrow tables of at most ``FILE_ROWS`` rows, in the landing table's columns and widths."""
    import pyarrow as pa

    schema = arrow_schema()
    for start in range(0, len(payloads), FILE_ROWS):
        chunk = payloads[start : start + FILE_ROWS]
        columns: dict[str, list[Any]] = {
            "payload_id": [p.payload_id for p in chunk],
            "run_id": [p.run_id for p in chunk],
            "chain_id": [p.question.chain_id for p in chunk],
            "provider": [p.question.provider for p in chunk],
            "endpoint": [p.question.endpoint for p in chunk],
            "data_type": [p.question.data_type for p in chunk],
            "period_id": [p.question.period_id for p in chunk],
            "validator_key": [p.question.validator_key for p in chunk],
            "request": [p.question.request for p in chunk],
            "http_status": [p.http_status for p in chunk],
            "response_hash": [p.response_hash for p in chunk],
            "response_bytes": [p.response_bytes for p in chunk],
            "fetched_at": [p.fetched_at for p in chunk],
            "payload": [p.body for p in chunk],
        }
        yield pa.table(columns, schema=schema)


def arrow_schema() -> pa.Schema:
    """The landing table's columns; 64-bit integers, since ADBC copies binary and a narrower one fails."""
    import pyarrow as pa

    text, integer = pa.large_string(), pa.int64()
    return pa.schema(
        [
            pa.field("payload_id", text, nullable=False),
            pa.field("run_id", text, nullable=False),
            pa.field("chain_id", text, nullable=False),
            pa.field("provider", text, nullable=False),
            pa.field("endpoint", text, nullable=False),
            pa.field("data_type", text, nullable=False),
            pa.field("period_id", integer, nullable=False),
            pa.field("validator_key", text),
            pa.field("request", text, nullable=False),
            pa.field("http_status", integer, nullable=False),
            pa.field("response_hash", text, nullable=False),
            pa.field("response_bytes", integer, nullable=False),
            pa.field("fetched_at", pa.timestamp("us", "UTC"), nullable=False),
            pa.field("payload", text, nullable=False),
        ]
    )


def _column_hints() -> Any:
    return {field.name: {"nullable": bool(field.nullable)} for field in arrow_schema()}


def _dlt_url(url: str) -> str:
    # dlt refuses a URL without a password, also where the server asks for none; libpq ignores one it does not need.
    parts = urlsplit(url)
    if parts.password is not None:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user or 'postgres'}:x@{host or 'localhost'}"))


def _first_line(error: BaseException) -> str:
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
