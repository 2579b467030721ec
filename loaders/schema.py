"""The landing tables and the ``ops`` schema: made here, so that dbt finds every source before the first load."""

from __future__ import annotations

from importlib.resources import files

import psycopg
from psycopg import sql

from loaders.endpoints import APIS, ENDPOINTS, REJECTED

PAYLOAD_COLUMNS: tuple[tuple[str, str], ...] = (
    ("payload_id", "text primary key"),
    ("run_id", "text not null"),
    ("chain_id", "text not null"),
    ("provider", "text not null"),
    ("endpoint", "text not null"),
    ("data_type", "text not null"),
    ("period_id", "bigint not null"),
    ("validator_key", "text"),
    ("request", "text not null"),
    ("http_status", "bigint not null"),
    ("response_hash", "text not null"),
    ("response_bytes", "bigint not null"),
    ("fetched_at", "timestamptz not null"),
    ("payload", "text not null"),
)

_REJECTED_COLUMNS: tuple[tuple[str, str], ...] = (
    ("payload_id", "text not null"),
    ("run_id", "text not null"),
    ("chain_id", "text not null"),
    ("provider", "text not null"),
    ("endpoint", "text not null"),
    ("data_type", "text not null"),
    ("period_id", "bigint not null"),
    ("validator_key", "text"),
    ("request", "text not null"),
    ("http_status", "bigint"),
    ("response_hash", "text not null"),
    ("response_bytes", "bigint not null"),
    ("fetched_at", "timestamptz not null"),
    ("error_kind", "text not null"),
    ("reason", "text not null"),
    ("payload", "bytea not null"),
)

_ASKED_PERIODS = """
create table if not exists ops.asked_periods (
    chain_id text not null,
    provider text not null,
    endpoint text not null,
    period_id bigint not null,
    is_answered boolean not null,
    run_id text not null,
    asked_at timestamptz not null,
    primary key (chain_id, provider, endpoint, period_id)
);
comment on table ops.asked_periods is
'One row per endpoint of a provider and period: when it was last asked about it, and whether all was answered.';
"""

# Any constant: it only has to be the same for all who make the schema.
_SCHEMA_LOCK = 0x41555230


def ensure_schema(connection: psycopg.Connection) -> None:
    """Make ``ops`` and every landing table that is not there yet; changes nothing that is.

    Raises:
        psycopg.Error: the role may not create schemas in this database.
    """
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
        connection.execute(files("aurora.warehouse").joinpath("ops.sql").read_text())
        connection.execute(_ASKED_PERIODS)
        for api in APIS:
            schema = f"staging_{api}"
            connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
            _ensure_table(
                connection, schema, REJECTED, _REJECTED_COLUMNS, constraint="primary key (payload_id, run_id)"
            )
        for endpoint in ENDPOINTS:
            _ensure_table(connection, endpoint.schema, endpoint.name, PAYLOAD_COLUMNS)


def _ensure_table(
    connection: psycopg.Connection,
    schema: str,
    name: str,
    columns: tuple[tuple[str, str], ...],
    *,
    constraint: str | None = None,
) -> None:
    exists = connection.execute("select to_regclass(%s) is not null", (f"{schema}.{name}",)).fetchone()
    if exists is not None and exists[0]:
        return
    parts: list[sql.Composable] = [
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)) for column, kind in columns
    ]
    if constraint is not None:
        parts.append(sql.SQL(constraint))
    table = sql.Identifier(schema, name)
    connection.execute(sql.SQL("create table {} ({})").format(table, sql.SQL(", ").join(parts)))
    connection.execute(sql.SQL("create index {} on {} (period_id)").format(sql.Identifier(f"{name}_period_id"), table))
    # Statistics of the scope's column are taken after each load; ten values are enough and cost a tenth (SHAPE.md).
    connection.execute(sql.SQL("alter table {} alter column period_id set statistics 10").format(table))
