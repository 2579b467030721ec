"""Landing the registry itself, so that SQL can join it: as payloads like any other, once for each content.

A changed chain or mapping touches every known period of its chain: ownership, parameters and priorities are read by
the models of any period. What only concerns fetching (a provider's limits) touches none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql

from aurora.registry import Registry
from loaders.endpoints import REGISTRY, REGISTRY_API, endpoint_of
from loaders.envelope import Payload, Question, canonical_request
from loaders.json_body import canonical_json, parse_text
from loaders.landing import Landing, touch_periods

EVERY_CHAIN = "*"
RUN_ID = "registry"

_KEYS: Mapping[str, tuple[str, ...]] = {
    "chains": ("chains", "chain_parameters", "validators"),
    "mappings": ("mappings", "tolerances"),
    "providers": ("providers",),
}
_NAMES = {"chain_parameters": "parameters"}


def land_registry(url: str, connection: psycopg.Connection, registry: Registry) -> None:
    """Land what changed in the registry since it was last landed; nothing where nothing did.

    ``connection`` is autocommit.
    """
    rows = registry.rows()
    landing = Landing(url, connection)
    touched: set[tuple[str, str, int, str]] = set()
    for endpoint, keys in _KEYS.items():
        content = {_NAMES.get(key, key): rows[key] for key in keys}
        before = _counting(connection, endpoint)
        body = canonical_json(content)
        if before == body:
            continue
        landing.add(_payload(endpoint, body))
        known = parse_text(before) if before is not None else None
        if endpoint == "providers":
            touched |= _touched(connection, _answerers(known, rows), _answerers(content, rows) or {})
        else:
            touched |= _touched(connection, known, content)
    landing.flush()
    if touched:
        with connection.transaction():
            touch_periods(connection, touched)


def _payload(endpoint: str, body: str) -> Payload:
    question = Question(
        chain_id=EVERY_CHAIN,
        provider=REGISTRY_API,
        api=REGISTRY_API,
        endpoint=endpoint,
        data_type=REGISTRY,
        period_id=0,
        request=canonical_request("GET", endpoint),
    )
    return Payload(question, RUN_ID, 200, body, datetime.now(UTC))


def _counting(connection: psycopg.Connection, endpoint: str) -> str | None:
    """The content that counts now: that of the latest sighting."""
    table = endpoint_of(REGISTRY_API, endpoint)
    row = connection.execute(
        sql.SQL(
            "select landed.payload from ops.payload_sightings as sightings"
            " inner join {} as landed on landed.payload_id = sightings.payload_id"
            " where sightings.period_id = 0 and sightings.provider = %s and sightings.endpoint = %s"
            " order by sightings.seen_at desc, sightings.sighting_id desc limit 1"
        ).format(sql.Identifier(table.schema, table.name)),
        (REGISTRY_API, endpoint),
    ).fetchone()
    return row[0] if row else None


def _answerers(content: Any, rows: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]] | None:
    """What of the providers decides numbers: how many hosts have to answer. Limits and addresses decide none."""
    if not isinstance(content, dict):
        return None
    hosts = {row["provider"]: row.get("host_count") for row in content["providers"]}
    return {
        "hosts": [
            {"chain_id": mapping["chain_id"], "provider": mapping["provider"], "hosts": hosts.get(mapping["provider"])}
            for mapping in rows["mappings"]
        ]
    }


def _touched(connection: psycopg.Connection, before: Any, after: Mapping[str, Any]) -> set[tuple[str, str, int, str]]:
    chains = {row["chain_id"] for rows in after.values() for row in rows}
    if isinstance(before, dict):
        chains |= {row["chain_id"] for rows in before.values() for row in rows}
    of_chain: Callable[[Any, str], str] = lambda content, chain_id: canonical_json(  # noqa: E731
        {name: [row for row in rows if row["chain_id"] == chain_id] for name, rows in content.items()}
    )
    changed = [
        chain_id
        for chain_id in chains
        if not isinstance(before, dict) or of_chain(before, chain_id) != of_chain(after, chain_id)
    ]
    known = connection.execute(
        "select distinct chain_id, period_id from ops.touched_periods where chain_id = any(%s) and period_id > 0",
        (changed,),
    )
    return {(chain_id, REGISTRY, period_id, RUN_ID) for chain_id, period_id in known}
