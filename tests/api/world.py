"""A small warehouse for the API: two chains, a few validators, and the amounts that are easy to get wrong."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.migrations import upgrade
from aurora.settings import Settings
from aurora.warehouse.connection import connect

VOTE = "CcaHc2L43ZWjwCHART3oZoJvHLAe9hzT2DJNUpBzoTN1"
QUIET_VOTE = "DdCNGDpP7qMgoAy6paFzhhak2EeyCZcgjH7ak5u5v28m"
PUBLIC_KEY = "0x" + "8a" * 48

PNL_PATH = f"/v1/chains/solana/validators/{VOTE}/pnl"
ETHEREUM_PNL_PATH = f"/v1/chains/ethereum/validators/{PUBLIC_KEY}/pnl"
OPERATOR_PATHS = ("/v1/chains/solana/validators", PNL_PATH, ETHEREUM_PNL_PATH)
KEY_PATHS = ("/v1/chains", *OPERATOR_PATHS)

API_V1 = f"""
create schema api_v1;
create table api_v1.chains (
    chain_id text, chain_name text, native_unit text, base_unit text, native_decimals integer, period_type text
);
create table api_v1.validators (
    chain_id text, validator_key text, label text, vote_pubkey text, node_pubkey text, validator_index bigint,
    first_seen_period bigint, last_seen_period bigint
);
create table api_v1.periods (
    chain_id text, period_id bigint, period_type text, starts_at timestamptz, ends_at timestamptz,
    is_finalized boolean, finalized_at timestamptz
);
create table api_v1.validator_pnl (
    chain_id text, period_id bigint, validator_key text,
    exec_fees_native numeric(38, 18), mev_tips_native numeric(38, 18), vote_rewards_native numeric(38, 18),
    commission_native numeric(38, 18), other_income_native numeric(38, 18), total_revenue_native numeric(38, 18),
    vote_cost_native numeric(38, 18), other_cost_native numeric(38, 18), total_cost_native numeric(38, 18),
    partner_commissions_native numeric(38, 18), net_native numeric(38, 18),
    is_finalized boolean, is_complete boolean, missing_data_types text[]
);
create table api_v1.partner_statements (statement_id text);
create table api_v1.partner_statement_lines (statement_id text);
insert into api_v1.chains values
    ('solana', 'Solana', 'SOL', 'lamport', 9, 'EPOCH'),
    ('ethereum', 'Ethereum', 'ETH', 'wei', 18, 'DAY');
insert into api_v1.validators values
    ('solana', '{VOTE}', 'Example validator 1', '{VOTE}', 'Node1', null, 840, 844),
    ('solana', '{QUIET_VOTE}', null, '{QUIET_VOTE}', null, null, null, null),
    ('ethereum', '{PUBLIC_KEY}', 'Node 1', null, null, 1187604, 20260101, 20260103);
insert into api_v1.periods values
    ('solana', 840, 'EPOCH', '2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z', true, '2026-01-05T00:00:00Z'),
    ('solana', 841, 'EPOCH', '2026-01-03T00:00:00Z', '2026-01-05T00:00:00Z', true, '2026-01-07T00:00:00Z'),
    ('solana', 842, 'EPOCH', '2026-01-05T00:00:00Z', '2026-01-07T00:00:00Z', true, '2026-01-09T00:00:00Z'),
    ('solana', 843, 'EPOCH', '2026-01-07T00:00:00Z', '2026-01-09T00:00:00Z', true, '2026-01-11T00:00:00Z'),
    ('solana', 844, 'EPOCH', '2026-01-09T00:00:00Z', null, false, null),
    ('ethereum', 20260101, 'DAY', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', true, '2026-01-03T00:00:00Z'),
    ('ethereum', 20260102, 'DAY', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z', true, '2026-01-04T00:00:00Z'),
    ('ethereum', 20260103, 'DAY', '2026-01-03T00:00:00Z', '2026-01-04T00:00:00Z', false, null);
insert into api_v1.validator_pnl values
    ('solana', 840, '{VOTE}', 12345678901.234567891, 0, 0, 0, 0, 12345678901.234567891, 0, 0, 0, 0,
        12345678901.234567891, true, true, '{{}}'),
    ('solana', 841, '{VOTE}', 0.000000001, 0, 0, 0, 0, 0.000000001, 0, 0, 0, 0, 0.000000001, true, true, '{{}}'),
    ('solana', 842, '{VOTE}', 1.5, 0.25, 3, 0.75, 0.5, 6, 9.1, 0.000000001, 9.100000001, 1, -4.100000001,
        true, true, '{{}}'),
    ('solana', 843, '{VOTE}', null, 2, 0, 0, 0, null, 1, 0, 1, 0, null, true, false, '{{FEES,MEV}}'),
    ('solana', 844, '{VOTE}', 3, 0, 0, 0, 0, 3, 1, 0, 1, 0, 2, false, true, null),
    ('ethereum', 20260101, '{PUBLIC_KEY}', 99999999999999999999.999999999999999999, 0, 0, 0, 0,
        99999999999999999999.999999999999999999, 0, 0, 0, 0, 99999999999999999999.999999999999999999,
        true, true, '{{}}'),
    ('ethereum', 20260102, '{PUBLIC_KEY}', 0.000000000000000001, 0, 0, 0, 0, 0.000000000000000001, 0, 0, 0, 0,
        0.000000000000000001, true, true, '{{}}'),
    ('ethereum', 20260103, '{PUBLIC_KEY}', 0, 0, -0.000000000000000001, 0, 0, -0.000000000000000001, 0, 0, 0, 0,
        -0.000000000000000001, false, true, '{{}}');
"""


def build(url: str) -> None:
    """A migrated ``app`` schema, and relations of the names and types that the warehouse's views have."""
    upgrade(url)
    with connect(url) as connection:
        connection.execute(API_V1.encode())


def execute(url: str, statement: str, *parameters: object) -> None:
    """Run a statement and commit it."""
    with connect(url) as connection:
        connection.execute(statement.encode(), parameters or None)


def query(url: str, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with connect(url) as connection:
        return connection.execute(statement.encode(), parameters or None).fetchall()


@dataclass(frozen=True, slots=True)
class Served:
    """An application behind a real socket, and two keys of it."""

    url: str
    address: str
    client: httpx.Client
    operator: str
    partner: str

    def get(self, path: str, *, key: str | None = None, **options: Any) -> httpx.Response:
        """GET with a key (the operator's where none is named; ``""`` sends none)."""
        secret = self.operator if key is None else key
        headers = {**({"Authorization": f"Bearer {secret}"} if secret else {}), **options.pop("headers", {})}
        return self.client.get(f"{self.address}{path}", headers=headers, **options)


def settings(**values: Any) -> Settings:
    """Settings of a test, which neither the environment nor a file reaches."""
    return Settings.model_construct(**{"environment": "test", "log_level": "INFO", "cors_origins": "", **values})


def app_of(url: str, **values: Any) -> FastAPI:
    """The application over this database."""
    return create_app(settings(**values), url=url)


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """Serve the application on a free port of loopback; its address."""
    config = uvicorn.Config(app, log_level="critical", access_log=False, server_header=False, lifespan="on")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
