"""A 404 is an answer where its body says so itself; a page of a proxy with the same status says nothing of a slot."""

from __future__ import annotations

from pathlib import Path

import pytest

from aurora.periods import PeriodRange
from aurora.sandbox import SandboxServer
from aurora.warehouse.connection import connect
from loaders.http import Request, RequestFailed
from loaders.landing import Landing
from loaders.progress import SilentProgress
from loaders.runs import RunLog
from loaders.schema import ensure_schema
from loaders.session import Ask, LoadContext, ProviderSession
from tests.loaders.http.server import Reply, in_loop, script, serving
from tests.loaders.worlds import registry_with
from tests.worlds import QUICK

pytestmark = pytest.mark.slow

DAY = 20260101
SLOT = Ask(Request("GET", "eth/v2/beacon/blocks/7"), DAY, lambda _body: None, answers=frozenset({404}))


@pytest.mark.parametrize(
    ("reply", "is_answer"),
    [
        (Reply(b'{"code":404,"message":"NOT_FOUND: beacon block at slot 7"}', 404), True),
        (Reply(b'{"code":"404","message":"not found"}', 404), True),
        (Reply(b"<html>404 Not Found</html>", 404), False),
        (Reply(b'{"message":"no such route"}', 404), False),
        (Reply(b'{"code":500,"message":"broken"}', 404), False),
        (Reply(b'{"code":404}', 405), False),
    ],
)
@in_loop
async def test_a_404_is_an_answer_only_where_its_body_says_so(
    reply: Reply, is_answer: bool, chain: SandboxServer, url: str, tmp_path: Path
) -> None:
    async with serving(script(reply)) as server:
        registry = registry_with(
            chain,
            tmp_path,
            without=("AURORA_BEACON_NODE_URL",),
            providers=lambda entries: entries["beacon_node"].update(base_url=server.url),
        )
        with connect(url, autocommit=True) as connection, connect(url, autocommit=True) as landing_connection:
            ensure_schema(connection)
            context = LoadContext(
                registry, "ethereum", Landing(url, landing_connection), RunLog(connection), SilentProgress()
            )
            session = ProviderSession(context, registry.provider("beacon_node"), backoff=QUICK)
            with session.run("blocks", PeriodRange(DAY, DAY)) as run:
                outcome = await session.attempt(run, SLOT)
            await session.client.__aexit__(None, None, None)
            assert isinstance(outcome, RequestFailed) is not is_answer
            assert run.records_fetched == is_answer
            context.run_log.finish()
