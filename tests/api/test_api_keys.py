"""Who gets in: keys over HTTP, as they are issued, stored and revoked."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any

import pytest

from api.keys import secret as secrets_module
from api.keys.models import Role
from api.keys.service import create_key, list_keys, revoke_key
from aurora.errors import AuroraError, WarehouseError
from tests.api.problem import problem
from tests.api.world import KEY_PATHS, OPERATOR_PATHS, Served, execute, query
from tests.postgres import PostgresServer


@pytest.mark.parametrize("path", KEY_PATHS)
def test_anonymous_is_refused(api: Served, path: str) -> None:
    response = api.get(path, key="")
    problem(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("path", OPERATOR_PATHS)
def test_a_partner_reads_no_figure_of_the_operator(api: Served, path: str) -> None:
    problem(api.get(path, key=api.partner), 403, "forbidden")


def test_a_partner_is_not_told_which_validators_exist(api: Served) -> None:
    answers = [
        api.get(f"/v1/chains/{chain}/validators/nobody/pnl", key=api.partner) for chain in ("solana", "no-such-chain")
    ]
    assert [answer.status_code for answer in answers] == [403, 403]


def test_anonymous_is_refused_before_parameters_are_judged(api: Served) -> None:
    problem(api.get(f"{KEY_PATHS[2]}?limit=many&nonsense=1", key=""), 401, "unauthenticated")


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer aurora_" + "A" * 43},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer ' or '1'='1"},
        {"Authorization": "Basic YWRtaW46YWRtaW4="},
        {"X-API-Key": "aurora_"},
        {"X-API-Key": "%00' or true --"},
        {"X-API-Key": b"\xff\xfe\xe9"},
    ],
)
def test_what_is_no_key_is_refused(api: Served, headers: dict[str, Any]) -> None:
    problem(api.get("/v1/chains", key="", headers=headers), 401, "unauthenticated")


def test_a_key_is_taken_from_either_header(api: Served) -> None:
    assert api.get("/v1/chains", key="", headers={"X-API-Key": api.operator}).status_code == 200
    assert api.get("/v1/chains", key="", headers={"Authorization": f"bearer {api.operator}"}).status_code == 200
    both = {"X-API-Key": api.operator, "Authorization": f"Bearer {api.operator}"}
    assert api.get("/v1/chains", key="", headers=both).status_code == 200


def test_two_different_keys_are_ambiguous(api: Served) -> None:
    problem(api.get("/v1/chains", headers={"X-API-Key": api.partner}), 400, "ambiguous-credentials")


def test_a_key_in_the_query_is_not_taken(api: Served) -> None:
    problem(api.get(f"/v1/chains?api_key={api.operator}", key=""), 401, "unauthenticated")


def test_a_revoked_key_opens_nothing_from_the_next_request_on(own_api: Served) -> None:
    assert own_api.get("/v1/chains").status_code == 200
    revoke_key(own_api.url, "operator")
    problem(own_api.get("/v1/chains"), 401, "unauthenticated")
    assert own_api.get("/v1/chains", key=own_api.partner).status_code == 200


def test_every_key_is_decided_by_the_constant_time_comparison(own_api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(left: bytes, right: bytes) -> bool:
        compared.append((left, right))
        return hmac.compare_digest(left, right)

    class Spy:
        compare_digest = staticmethod(compare)

    monkeypatch.setattr(secrets_module, "hmac", Spy)
    own_api.get("/v1/chains")
    own_api.get("/v1/chains", key="aurora_unknown")
    stored = hashlib.sha256(own_api.operator.encode()).digest()
    assert compared == [(stored, stored), (hashlib.sha256(b"aurora_unknown").digest(), bytes(32))]


def test_the_comparison_has_the_last_word_over_the_index(own_api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    class Never:
        compare_digest = staticmethod(lambda _left, _right: False)

    monkeypatch.setattr(secrets_module, "hmac", Never)
    problem(own_api.get("/v1/chains"), 401, "unauthenticated")


def test_a_key_has_256_random_bits_and_is_stored_as_its_sha256_alone(database: str) -> None:
    issued = [create_key(database, name=f"key {n}", role=Role.OPERATOR).secret for n in range(20)]
    assert len(set(issued)) == 20
    assert all(re.fullmatch(r"aurora_[A-Za-z0-9_-]{43}", secret) for secret in issued)
    stored = query(database, "select to_jsonb(api_keys)::text, key_hash from app.api_keys order by created_at")
    assert [row[1] for row in stored] == [hashlib.sha256(secret.encode()).digest() for secret in issued]
    assert not [secret for secret in issued for row in stored if secret.removeprefix("aurora_") in row[0]]


def test_an_issued_key_does_not_show_in_a_repr(database: str) -> None:
    issued = create_key(database, name="k", role=Role.OPERATOR)
    assert issued.secret not in repr(issued)


def test_a_name_is_unique_among_active_keys_and_free_again_after_revocation(database: str) -> None:
    first = create_key(database, name="grafana", role=Role.OPERATOR)
    with pytest.raises(AuroraError, match="grafana"):
        create_key(database, name=" grafana ", role=Role.OPERATOR)
    assert revoke_key(database, "grafana").key_id == first.key.key_id
    second = create_key(database, name="grafana", role=Role.OPERATOR)
    assert revoke_key(database, str(second.key.key_id)).name == "grafana"
    assert [key.revoked_at is not None for key in list_keys(database)] == [True, True]
    with pytest.raises(AuroraError, match="no active API key"):
        revoke_key(database, "grafana")


@pytest.mark.parametrize(
    ("name", "role", "partner"),
    [
        ("k", Role.PARTNER, None),
        ("k", Role.PARTNER, "  "),
        ("k", Role.OPERATOR, "Acme"),
        ("", Role.OPERATOR, None),
        ("a\nb", Role.OPERATOR, None),
        ("nul\0", Role.OPERATOR, None),
        ("x" * 101, Role.OPERATOR, None),
        ("6f1c1f0e-9d8a-4c55-a7b2-f0d4e6c81b92", Role.OPERATOR, None),
    ],
)
def test_a_key_that_makes_no_sense_is_not_issued(database: str, name: str, role: Role, partner: str | None) -> None:
    with pytest.raises(AuroraError):
        create_key(database, name=name, role=role, partner=partner)
    assert list_keys(database) == []


@pytest.mark.parametrize(
    "columns",
    [
        "('k', sha256('k'), 'ADMIN', null, null)",
        "('k', sha256('k'), 'PARTNER', null, null)",
        "('k', sha256('k'), 'OPERATOR', 'Acme', null)",
        "('k', 'short', 'OPERATOR', null, null)",
        "(' ', sha256('k'), 'OPERATOR', null, null)",
        "('k', sha256('k'), 'OPERATOR', null, '2001-01-01')",
        "('other', sha256('taken'), 'OPERATOR', null, null)",
        "('taken', sha256('k'), 'OPERATOR', null, null)",
    ],
)
def test_the_table_itself_refuses_a_key_that_makes_no_sense(database: str, columns: str) -> None:
    insert = "insert into app.api_keys (name, key_hash, role, partner, revoked_at) values "
    execute(database, insert + "('taken', sha256('taken'), 'OPERATOR', null, null)")
    with pytest.raises(Exception, match="api_keys"):
        execute(database, insert + columns)


def test_without_migrations_one_line_says_what_to_run(server: PostgresServer) -> None:
    with pytest.raises(WarehouseError, match="aurora migrate") as failure:
        create_key(server.url("postgres"), name="k", role=Role.OPERATOR)
    assert "\n" not in str(failure.value)
